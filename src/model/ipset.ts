/** One element of an ipset as it is printed: its comma-separated parts, and whether it is an exception. */
export interface IpsetElement {
  readonly parts: readonly string[]
  readonly nomatch: boolean
}
