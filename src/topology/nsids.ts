/**
 * A namespace's own table of namespace ids. NSIDs are private to the namespace that asks: nsid 0 of one container is not nsid 0 of the
 * next, so a table is only ever used for links that its own namespace reported.
 *
 *   lsns.json         {"namespaces":[{"ns":4026532469,"netnsid":"0","pid":4711,"nsfs":null},{"ns":4026531840,"netnsid":"unassigned","pid":1,"nsfs":null}]}
 *   netns-names.json  [{"name":"blue","id":1}]        `ip netns list` asked in the machine's own namespace; also names that no process lives in
 */
import type { Snapshot } from '../evidence/types.js'
import type { NsId } from '../model/link.js'
import { jsonRecords, num, objects, str } from '../parse/json.js'
import { textOf } from './evidence.js'

const fromLsns = (text: string, evidence: string): readonly (readonly [nsid: number, inode: number])[] =>
  jsonRecords(text, evidence).records.flatMap((document) =>
    objects(document['namespaces']).flatMap((record) => {
      const nsid = str(record, 'netnsid') ?? String(num(record, 'netnsid') ?? '')
      const inode = num(record, 'ns') ?? Number(str(record, 'ns') ?? Number.NaN)
      return /^\d+$/.test(nsid) && Number.isInteger(inode) ? [[Number(nsid), inode] as const] : []
    }),
  )

export interface NsidContext {
  readonly snapshot: Snapshot
  readonly machine: string
  /** the machine's namespace with this nsfs inode */
  readonly byInode: (inode: number) => NsId | null
  /** the machine's namespace with this `ip netns` name */
  readonly byName: (name: string) => NsId | null
}

export const nsidsOf = (context: NsidContext, id: NsId, isHost: boolean): ReadonlyMap<number, NsId> => {
  const { snapshot } = context
  const table = new Map<number, NsId>()
  const names = `${isHost ? context.machine : id}/netns-names.json`
  for (const record of jsonRecords(textOf(snapshot, names) ?? '', names).records) {
    const nsid = num(record, 'id')
    const target = context.byName(str(record, 'name') ?? '')
    if (nsid !== null && target) table.set(nsid, target)
  }
  const lsns = `${id}/lsns.json`
  for (const [nsid, inode] of fromLsns(textOf(snapshot, lsns) ?? '', lsns)) {
    const target = context.byInode(inode)
    if (target) table.set(nsid, target)
  }
  return table
}
