/** nft's expressions as `nft -j` writes them, closed: what is not listed here is `opaque` and cannot be known. */
import type { Ip, Prefix } from '../ip/types.js'

export type NftExpr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: Ip }
  | { readonly kind: 'prefix'; readonly value: Prefix }
  | { readonly kind: 'range'; readonly from: NftExpr; readonly to: NftExpr }
  | { readonly kind: 'concat'; readonly parts: readonly NftExpr[] }
  | { readonly kind: 'set'; readonly elements: readonly NftExpr[] }
  /** anonymous map or verdict map: key → value */
  | { readonly kind: 'mapping'; readonly pairs: readonly (readonly [NftExpr, NftExpr])[] }
  /** "@name": a set or map of the same table */
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'map'; readonly key: NftExpr; readonly data: NftExpr }
  | { readonly kind: 'binary'; readonly op: '&' | '|' | '^' | '<<' | '>>'; readonly left: NftExpr; readonly right: NftExpr }
  | { readonly kind: 'meta'; readonly key: string }
  | { readonly kind: 'payload'; readonly protocol: string; readonly field: string }
  | { readonly kind: 'ct'; readonly key: string; readonly family: 4 | 6 | null; readonly dir: 'original' | 'reply' | null }
  | { readonly kind: 'fib'; readonly result: string; readonly flags: readonly string[] }
  | { readonly kind: 'verdict'; readonly verdict: string; readonly chain: string | null }
  /** numgen, hashes, sockets, osf, … : decided by state that no dump shows */
  | { readonly kind: 'cannot-know'; readonly what: string }
  | { readonly kind: 'opaque'; readonly text: string }
