import { groupsLoadTypeScript, setupLoadsTypeScript, withoutSetupErrorsHelp } from './check.js'

await setupLoadsTypeScript()
await withoutSetupErrorsHelp()
await groupsLoadTypeScript()
console.log('ok')
