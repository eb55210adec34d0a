module.exports = { rootDir: __dirname, testMatch: ['**/cjs.spec.js', '**/fake-timers.spec.js'], transform: {} }
