/**
 * Which network namespaces a machine has. In: a snapshot. Out: folder, inode, how it was found, the PIDs in it and its `ip netns` names.
 *
 *   linux/netns-procs.txt       "/proc/4711/ns/net 4:4026532281"      device:inode of each process's (or, with /task/, thread's) namespace
 *   linux/mountinfo-1.txt       "152 151 0:4 net:[4026532469] /run/netns/c1 rw shared:3 - nsfs nsfs rw"
 *   linux/fds.txt               "lr-x------ 1 root root 64 Nov 24 16:44 /proc/4711/fd/7 -> net:[4026532538]"
 */
import type { Snapshot } from '../evidence/types.js'
import { textOf } from './evidence.js'

export interface Discovered {
  readonly machine: string
  readonly folder: string
  readonly inode: number | null
  readonly foundBy: readonly string[]
  readonly pids: readonly number[]
  /** names below a netns folder: /run/netns/blue → "blue" */
  readonly names: readonly string[]
}

/** mountinfo writes a blank in a path as \040. */
const unescapeMount = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

export const discovered = (snapshot: Snapshot, machine: string): readonly Discovered[] => {
  const byInode = new Map<number, { pids: number[]; names: string[]; foundBy: string[] }>()
  const at = (inode: number) => {
    const found = byInode.get(inode) ?? { pids: [], names: [], foundBy: [] }
    byInode.set(inode, found)
    return found
  }
  let own: number | null = null
  for (const line of (textOf(snapshot, `${machine}/netns-procs.txt`) ?? '').split('\n')) {
    const [, who, task, text] = /^\/proc\/(self|\d+)(?:\/task\/(\d+))?\/ns\/net \d+:(\d+)$/.exec(line.trim()) ?? []
    if (who === undefined || text === undefined) continue
    const inode = Number(text)
    if (who === 'self') own = inode
    else if (task === undefined) at(inode).pids.push(Number(who))
    else if (!byInode.has(inode)) at(inode).foundBy.push(`thread ${task} of ${who}`)
  }
  for (const id of snapshot.evidence.keys()) {
    if (!id.startsWith(`${machine}/mountinfo-`)) continue
    for (const line of (textOf(snapshot, id) ?? '').split('\n')) {
      const found = / net:\[(\d+)\] (\S+) .* - nsfs /.exec(line)
      if (!found) continue
      const entry = at(Number(found[1]))
      const path = unescapeMount(found[2] ?? '')
      const name = /\/netns\/([^/]+)$/.exec(path)?.[1]
      if (name && !path.includes('/docker/') && !entry.names.includes(name)) entry.names.push(name)
      if (!entry.foundBy.includes(path)) entry.foundBy.push(path)
    }
  }
  for (const line of (textOf(snapshot, `${machine}/fds.txt`) ?? '').split('\n')) {
    const found = /\/proc\/(\d+)\/fd\/(\d+).*[ >]net:\[(\d+)\]/.exec(line)
    if (found) at(Number(found[3])).foundBy.push(`fd ${found[2]} of ${found[1]}`)
  }
  const folders = new Map<string, Discovered>()
  for (const [inode, entry] of byInode) {
    const folder = inode === own ? 'host' : `net-${inode}`
    const process = entry.pids.length > 0 ? [`process ${Math.min(...entry.pids)}`] : []
    folders.set(folder, { machine, folder, inode, pids: entry.pids, names: entry.names, foundBy: [...process, ...entry.foundBy] })
  }
  // a namespace whose tables were recorded exists, whatever discovery said
  for (const id of snapshot.evidence.keys()) {
    const [of, folder, file] = id.split('/')
    if (of !== machine || folder === undefined || file === undefined || folders.has(folder)) continue
    folders.set(folder, {
      machine,
      folder,
      inode: Number(/^net-(\d+)$/.exec(folder)?.[1] ?? Number.NaN) || own,
      pids: [],
      names: [],
      foundBy: [],
    })
  }
  return [...folders.values()].sort((a, b) => Number(b.folder === 'host') - Number(a.folder === 'host') || (a.inode ?? 0) - (b.inode ?? 0))
}
