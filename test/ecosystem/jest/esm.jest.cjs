module.exports = {
  rootDir: __dirname,
  testMatch: ['**/esm.spec.mjs'],
  moduleFileExtensions: ['mjs', 'js', 'cjs', 'json'],
  transform: {},
}
