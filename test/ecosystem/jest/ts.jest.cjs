module.exports = {
  rootDir: __dirname,
  testMatch: ['**/ts.spec.ts'],
  transform: {
    '\\.ts$': [
      'ts-jest',
      {
        diagnostics: true,
        tsconfig: {
          module: 'commonjs',
          moduleResolution: 'node10',
          ignoreDeprecations: '6.0',
          esModuleInterop: true,
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable'],
          types: ['jest', 'node'],
          strict: true,
          skipLibCheck: true,
        },
      },
    ],
  },
}
