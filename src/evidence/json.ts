/**
 * JSON that nobody vouches for: too deep, cut off or of another shape is a value that says so, never an exception.
 * Also the small readers ("a string field, or null") that every JSON format shares.
 */

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

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
export const str = (record: JsonObject, key: string): string | null => (typeof record[key] === 'string' ? (record[key] as string) : null)
export const num = (record: JsonObject, key: string): number | null => (typeof record[key] === 'number' ? (record[key] as number) : null)
export const strings = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
export const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
