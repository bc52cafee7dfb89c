/** JSON from a host as facts: what every parser of a JSON format begins with. */
import { isObject, type JsonObject, parseJson } from '../evidence/json.js'
import type { Gap } from '../model/refs.js'

export * from '../evidence/json.js'

export interface Parsed<T> {
  readonly facts: readonly T[]
  readonly gaps: readonly Gap[]
}

export const malformed = (evidence: string, why: string): Gap => ({
  about: `what ${evidence} says: ${why}`,
  because: 'malformed',
  remedy: 'record the host again; if it stays so, report the file to netmap',
  evidence: [evidence],
})

/** An array of objects, whatever else stands between them left out; `ip` prints `[{},{}]` for some empty lists. */
export const jsonRecords = (text: string, evidence: string): { readonly records: readonly JsonObject[]; readonly gaps: readonly Gap[] } => {
  if (text.trim() === '') return { records: [], gaps: [] }
  const parsed = parseJson(text)
  if (!parsed.ok) return { records: [], gaps: [malformed(evidence, parsed.why)] }
  const list = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  return { records: list.filter(isObject), gaps: [] }
}

