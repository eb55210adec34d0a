import { test } from 'vitest'
import { groupsLoadTypeScript, setupLoadsTypeScript, withoutSetupErrorsHelp } from './check.js'

test('setup loads TypeScript', setupLoadsTypeScript)
test('without setup, errors help', withoutSetupErrorsHelp)
test('groups load TypeScript', groupsLoadTypeScript)
