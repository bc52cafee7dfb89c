import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeCell, escapeHost, escapeJson } from '../../src/view/escape.js'

describe('escapeHost', () => {
  it.each([
    ['web', 'web'],
    ['web\u001b[2J', 'web\\x1b[2J'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\u200bb', 'a\\u200bb'],
    ['a\u009bb', 'a\\x9bb'],
    ['del\u007f', 'del\\x7f'],
    ['x\ty\nz\r', 'x\\ty\\nz\\r'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half\ud800', 'half\\ud800'],
    ['Büro 東京 🐳', 'Büro 東京 🐳'],
    ['--comment "a\\"b"', '--comment "a\\"b"'],
  ])('%j is shown as %j', (raw, shown) => {
    expect(escapeHost(raw)).toBe(shown)
  })

  it('leaves nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        expect(escapeHost(raw)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})

describe('escapeCell', () => {
  const undo = (cell: string): string =>
    cell.replace(/\\(\\|t|n|r|x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\})/g, (_, code: string) =>
      code === '\\'
        ? '\\'
        : code === 't'
          ? '\t'
          : code === 'n'
            ? '\n'
            : code === 'r'
              ? '\r'
              : String.fromCodePoint(Number.parseInt(code.replace(/[xu{}]/g, ''), 16)),
    )

  it('can be undone exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        expect(undo(escapeCell(raw))).toBe(raw)
        expect(escapeCell(raw)).not.toMatch(/[\t\n]/)
      }),
    )
  })
})

describe('escapeJson', () => {
  it('changes what is shown and not what is parsed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const json = escapeJson(JSON.stringify({ name: raw }, null, 2))
        expect(JSON.parse(json)).toEqual({ name: raw })
        expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b-\u200f]/)
      }),
    )
  })
})
