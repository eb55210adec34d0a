/** Every link within the project leads somewhere, and every number in a test's title stands for a behaviour. */

import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchors, codeWords, filesEndingWith, type Link, links, read, ROOT, slugOf } from './support/markdown.js'

const documents = filesEndingWith('.md')
const BEHAVIOURS = 'docs/reference/behaviours.md'

describe('links within the project', () => {
  test.each(documents)('%s: files and anchors are there', document => {
    const broken = links(document).flatMap(link => {
      const fault = faultOf(link)
      return fault === undefined ? [] : `${document}:${link.line}: ${link.target}: ${fault}`
    })
    expect(broken).toEqual([])
  })

  test('every page can be reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const document of reached) {
      // What looks like a link in a program is none.
      if (!document.endsWith('.md')) continue
      for (const { target } of links(document)) if (!isElsewhere(target)) reached.add(pathOf(document, target))
      // The README has no links within the project, see tarball.test.ts.
      if (document === 'README.md')
        for (const word of codeWords(document)) if (documents.includes(word)) reached.add(word)
    }
    expect(documents.filter(document => !document.startsWith('bench/') && !reached.has(document))).toEqual([])
  })
})

describe('tables of contents', () => {
  const contentsOf = (document: string): string[] =>
    Array.from(read(document).matchAll(/^- \[[^\]]*\]\(#([^)]+)\)$/gm), ([, anchor = '']) => anchor)

  test.each(documents.filter(document => contentsOf(document).length > 2))(
    '%s: has every section, in order',
    document => {
      const sections = read(document)
        .replace(/^(`{3,})[^]*?^\1$/gm, '')
        .matchAll(/^## (.+)$/gm)
      expect(contentsOf(document)).toEqual(Array.from(sections, ([, heading = '']) => slugOf(heading)))
    },
  )
})

describe('what pages name in passing', () => {
  const sources = filesEndingWith('.ts', 'src').map(read).join('\n')

  test.each(documents)('%s: paths and private names are there', document => {
    const missing = codeWords(document).filter(word => {
      if (/^(src|test|docs|bench|\.ci)\/[^\s*]*$/.test(word)) return !isGenerated(word) && !existsSync(join(ROOT, word))
      return /^#\w+$/.test(word) && !sources.includes(`${word}(`) && !sources.includes(`${word} =`)
    })
    expect(missing).toEqual([])
  })
})

describe('numbers in the titles of tests', () => {
  const behaviours = Array.from(read(BEHAVIOURS).matchAll(/^(\d+)\. /gm), ([, number]) => Number(number))

  test('the behaviours are numbered from 1 to 61', () => {
    expect(behaviours).toEqual(Array.from({ length: 61 }, (_, index) => index + 1))
  })

  test('each stands for a behaviour', () => {
    const unknown = filesEndingWith('.ts', 'test').flatMap(file =>
      Array.from(read(file).matchAll(/\b(?:test|it|describe)\b[^\n]*?\(\s*['"`]((?:\[\d+\])+)/g), ([, numbers = '']) =>
        Array.from(numbers.matchAll(/\d+/g), ([number]) => number),
      )
        .flat()
        .filter(number => !behaviours.includes(Number(number)))
        .map(number => `${file}: [${number}]`),
    )
    expect(unknown).toEqual([])
  })
})

/** Made by a build, or by `npm run docs`. */
function isGenerated(path: string): boolean {
  return path.startsWith('docs/reference/api')
}

function isElsewhere(target: string): boolean {
  return /^[a-z][a-z+.-]*:/i.test(target)
}

function pathOf(document: string, target: string): string {
  const [path = ''] = target.split('#')
  if (path === '') return document
  return normalize(join(dirname(document), decodeURIComponent(path)))
    .replaceAll('\\', '/')
    .replace(/\/$/, '')
}

function faultOf({ document, target }: Link): string | undefined {
  if (isElsewhere(target)) return undefined
  if (target.startsWith('/')) return 'is not relative'
  const path = pathOf(document, target)
  if (relative(ROOT, join(ROOT, path)).startsWith('..')) return 'leaves the project'
  if (!existsSync(join(ROOT, path))) return 'there is no such file'
  const anchor = target.split('#')[1]
  if (anchor === undefined) return undefined
  if (!path.endsWith('.md') || statSync(join(ROOT, path)).isDirectory()) return 'has an anchor, but is no page'
  return anchors(path).has(decodeURIComponent(anchor)) ? undefined : 'there is no such heading'
}
