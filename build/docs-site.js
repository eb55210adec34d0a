// @ts-check
/**
 * A plugin for `npm run docs`. The pages of docs/ get the titles of their first headings and are grouped by their
 * folders. On the start page, which is the README, the paths of pages become links. A name that two entry points export
 * is in the same group in both.
 */

import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc'

/** The group of a page: the first of these beginnings that its path has. */
const GROUPS = [
  ['docs/guides/', 'Guides'],
  ['docs/examples/', 'Example programs'],
  ['docs/reference/', 'Reference'],
  ['', 'Start'],
]

/** @param {import('typedoc').Application} app */
export function load(app) {
  /** @type {Map<string, import('typedoc').DocumentReflection>}  by the path from the root of the project */
  const pages = new Map()

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => {
    const path = `${page.name}.md`
    pages.set(path, page)
    const text = page.content.map(part => part.text).join('')
    page.name = /^# (.+)$/m.exec(text)?.[1] ?? page.name
    page.content = withoutCodeInHeadings(page.content)
    page.frontmatter['group'] = GROUPS.find(([beginning = '']) => path.startsWith(beginning))?.[1]
  })

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    project.readme = project.readme?.map(part => {
      const target = part.kind === 'code' ? pages.get(part.text.slice(1, -1)) : undefined
      return target === undefined
        ? part
        : { kind: 'inline-tag', tag: '@linkcode', text: part.text.slice(1, -1), target }
    })
    for (const reference of project.getReflectionsByKind(ReflectionKind.Reference)) {
      if (!reference.isReference()) continue
      const original = reference.getTargetReflectionDeep()
      const comment = original.comment ?? (original.isDeclaration() ? original.signatures?.[0]?.comment : undefined)
      const group = comment?.getTag('@group')
      if (group !== undefined) reference.comment = new Comment([], [new CommentTag('@group', group.content)])
    }
  })
}

/**
 * Code in a heading becomes text, because typedoc leaves it out of the table of contents and of anchors.
 *
 * @param {readonly import('typedoc').CommentDisplayPart[]} content
 * @returns {import('typedoc').CommentDisplayPart[]}
 */
function withoutCodeInHeadings(content) {
  let line = ''
  return content.map(part => {
    const isInHeading = part.kind === 'code' && line.startsWith('#')
    line = (line + part.text).split('\n').at(-1) ?? ''
    return isInHeading ? { kind: 'text', text: part.text.slice(1, -1) } : part
  })
}
