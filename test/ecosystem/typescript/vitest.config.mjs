export default { test: { dir: import.meta.dirname, include: ['**/*.spec.ts'], pool: 'forks' } }
