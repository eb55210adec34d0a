module.exports = {
  rootDir: __dirname,
  testMatch: ['**/babel.spec.js'],
  transform: { '\\.js$': ['babel-jest', { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }] },
}
