/** What users get from npm: the files in the tarball, and what its pages show where nothing else of the project is. */

import { execFileSync } from 'node:child_process'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeWords, links, read, ROOT } from './support/markdown.js'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const [packed] = JSON.parse(
  execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
) as [{ files: { path: string }[] }]
const files = new Set(packed.files.map(({ path }) => path))
const pages = [...files].filter(path => path.endsWith('.md'))

describe('the tarball', () => {
  test('has what a user needs without a network', () => {
    const guides = ['errors', 'inline-functions', 'runners-and-bundlers', 'typescript'].map(
      name => `docs/guides/${name}.md`,
    )
    const pages = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs/getting-started.md', 'docs/reference/options.md']
    for (const path of [...pages, ...guides]) expect(files).toContain(path)
  })

  test('has each file that package.json promises', () => {
    const paths = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(paths)
    const { exports, types } = JSON.parse(read('package.json')) as Record<string, unknown>
    for (const path of paths([exports, types])) expect(files).toContain(normalize(path))
  })

  test('has no source, and no source map, which would lead to the sources', () => {
    expect([...files].filter(path => /^(src|test)\/|\.map$/.test(path))).toEqual([])
    const built = [...files].filter(path => /^dist\/.*\.(js|cjs|ts|cts)$/.test(path))
    expect(built.filter(path => read(path).includes('sourceMappingURL'))).toEqual([])
    expect(built.length).toBeGreaterThan(20)
  })

  test.each(pages)('%s: every link within the project leads to a file that is there', page => {
    const within = links(page).filter(({ target }) => !/^([a-z][a-z+.-]*:|#)/i.test(target))
    const missing = within.filter(({ target }) => {
      const path = normalize(join(dirname(page), target.split('#')[0] ?? '')).replaceAll('\\', '/')
      return !files.has(path)
    })
    expect(missing.map(({ line, target }) => `${page}:${line}: ${target}`)).toEqual([])
  })
})

describe('the README on its page at npm', () => {
  // Such a link leads nowhere there, because package.json names no repository that could complete it.
  test('has no link and no picture that needs the project around it', () => {
    expect(JSON.parse(read('package.json'))).not.toHaveProperty('repository')
    expect(links('README.md').filter(({ target }) => !/^(https:|#)/.test(target))).toEqual([])
  })

  test('names no page that the package does not have, but for those of the repository', () => {
    const [inPackage = '', inRepository = ''] = read('README.md').split('In the repository, ')
    expect(inPackage).toContain('docs/getting-started.md')
    const named = codeWords('README.md').filter(word => /\.md$/.test(word))
    const absent = named.filter(path => !files.has(path))
    expect(absent.filter(path => !inRepository.includes(path))).toEqual([])
    expect(named.length).toBeGreaterThan(10)
  })
})
