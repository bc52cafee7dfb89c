/** "00-15-5D-38-01-2D", "00155D38012D", "00:15:5D:…" → "00:15:5d:38:01:2d"; null: not a MAC. */
export const normaliseMac = (text: string): string | null => {
  const hex = text.replace(/[-:.]/g, '').toLowerCase()
  return /^[0-9a-f]{12}$/.test(hex) ? (hex.match(/../g) ?? []).join(':') : null
}
