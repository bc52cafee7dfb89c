/**
 * JSON from a host, read without trusting it: too deep, cut off or of another shape is a gap, never an exception.
 * Also the small readers ("a string field, or null") that every JSON format here shares.
 */
import type { Gap } from '../model/refs.js'

export interface Parsed<T> {
  readonly facts: readonly T[]
  readonly gaps: readonly Gap[]
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** Deeper than any output of any tool netmap reads; V8's parser would overflow its stack at some thousands. */
const MAX_DEPTH = 200

const tooDeep = (text: string): boolean => {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 92) i += 1
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 91 || code === 123) {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (code === 93 || code === 125) depth -= 1
  }
  return false
}

export type JsonResult = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string }

export const parseJson = (text: string): JsonResult => {
  if (tooDeep(text)) return { ok: false, why: `nested more than ${MAX_DEPTH} deep` }
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'not JSON' }
  }
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

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
export const str = (record: JsonObject, key: string): string | null => (typeof record[key] === 'string' ? (record[key] as string) : null)
export const num = (record: JsonObject, key: string): number | null => (typeof record[key] === 'number' ? (record[key] as number) : null)
export const strings = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
export const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
