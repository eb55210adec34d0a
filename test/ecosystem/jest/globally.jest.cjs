module.exports = {
  rootDir: __dirname,
  testMatch: ['**/fake-timers.spec.js', '**/cjs.spec.js'],
  transform: {},
  fakeTimers: { enableGlobally: true },
}
