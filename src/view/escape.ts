/**
 * Text from a host → text that is safe on a terminal and in a file. Names of containers, interfaces, labels and rule comments may hold
 * anything: an ESC that moves the cursor, a bidi override that turns a name around, a zero-width character that makes two names look alike.
 *
 *   "web\u001b[2J"  → "web\x1b[2J"        "a\u202eb" → "a\u202eb" (six visible characters)        "x\ty" → "x\ty" (backslash, t)
 */

/** Control (C0, DEL, C1), format (bidi, zero-width, soft hyphen, tags), line and paragraph separators, surrogates without a partner, and the fillers that show as nothing. */
const UNSAFE = /[\u034f\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0\u2800]/gu
const PLAIN = /^[\x20-\x7e]*$/

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
])

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const visible = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  return NAMED.get(char) ?? (code <= 0xff ? `\\x${hex(code, 2)}` : code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`)
}

/** For every string of a host that is shown as text. Leaves backslashes alone: rules and paths are full of them. */
export const escapeHost = (text: string): string => (PLAIN.test(text) ? text : text.replace(UNSAFE, visible))

/** As `escapeHost`, and a backslash doubled, so that a reader of tab-separated rows can undo it exactly. */
export const escapeCell = (text: string): string => escapeHost(text.includes('\\') ? text.replaceAll('\\', '\\\\') : text)

const units = (char: string): string => Array.from({ length: char.length }, (_, i) => `\\u${hex(char.charCodeAt(i), 4)}`).join('')

/** Over the output of JSON.stringify: the same characters as JSON's own `\uXXXX`, so that a parser reads the name as it was. Line ends of the layout stay. */
export const escapeJson = (json: string): string => json.replace(UNSAFE, (char) => (char === '\n' ? char : units(char)))
