/**
 * Which namespaces are known by now, and how to enter each. Read from the evidence of earlier rounds.
 *
 *   netns-procs.txt     /proc/4711/ns/net 4:4026532281
 *   mountinfo-1.txt     152 151 0:4 net:[4026532469] /run/netns/c1 rw shared:3 - nsfs nsfs rw
 *   fds.txt             lr-x------ 1 root root 64 Nov 24 16:44 /proc/4711/fd/7 -> net:[4026532538]
 */
import type { Snapshot } from '../../evidence/types.js'

export interface KnownNamespace {
  readonly folder: string
  readonly inode: number
  /** null: netmap is in it already */
  readonly enter: string | null
  readonly pids: readonly number[]
  readonly names: readonly string[]
}

const linesOf = (snapshot: Snapshot, id: string): readonly string[] => (snapshot.evidence.get(id)?.stdout ?? '').split('\n')

/** Octal escapes of mountinfo: \040 is a blank. */
const unescapeMount = (path: string): string => path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

interface Open {
  enter: string | null
  readonly pids: number[]
  readonly names: string[]
}

export const knownNamespaces = (snapshot: Snapshot, machine: string): readonly KnownNamespace[] => {
  const found = new Map<number, Open>()
  let own: number | null = null
  const at = (inode: number, enter: string): Open => {
    const open = found.get(inode) ?? { enter, pids: [], names: [] }
    found.set(inode, open)
    return open
  }
  for (const line of linesOf(snapshot, `${machine}/netns-procs.txt`)) {
    const [, who, task, inode] = /^\/proc\/(self|\d+)(?:\/task\/(\d+))?\/ns\/net \d+:(\d+)$/.exec(line) ?? []
    if (who === undefined || inode === undefined) continue
    if (who === 'self') own = Number(inode)
    else at(Number(inode), task ? `/proc/${task}/ns/net` : `/proc/${who}/ns/net`).pids.push(Number(who))
  }
  for (const id of snapshot.evidence.keys()) {
    const pid = new RegExp(`^${machine}/mountinfo-(\\d+)\\.txt$`).exec(id)?.[1]
    if (pid === undefined) continue
    for (const line of linesOf(snapshot, id)) {
      const [, inode, path] = / net:\[(\d+)\] (\S+) .* - nsfs /.exec(line) ?? []
      if (inode === undefined || path === undefined) continue
      const mount = unescapeMount(path)
      const open = at(Number(inode), `/proc/${pid}/root${mount}`)
      const name = /\/netns\/([^/]+)$/.exec(mount)?.[1]
      if (name !== undefined && !open.names.includes(name)) open.names.push(name)
    }
  }
  for (const line of linesOf(snapshot, `${machine}/fds.txt`)) {
    const [, path, inode] = /(\/proc\/\d+\/fd\/\d+) -> net:\[(\d+)\]/.exec(line) ?? []
    if (path !== undefined && inode !== undefined) at(Number(inode), path)
  }
  return [...found].map(([inode, open]) => ({
    folder: inode === own ? 'host' : `net-${inode}`,
    inode,
    enter: inode === own ? null : open.enter,
    pids: open.pids,
    names: open.names,
  }))
}

/** One process per mount namespace, the lowest PID: init's first, whose view of /run/netns is the one people mean. */
export const mountLeaders = (snapshot: Snapshot, machine: string): readonly number[] => {
  const leaders = new Map<string, number>()
  for (const line of linesOf(snapshot, `${machine}/mntns-procs.txt`)) {
    const [, pid, id] = /^\/proc\/(\d+)\/ns\/mnt (\d+:\d+)$/.exec(line) ?? []
    if (pid === undefined || id === undefined) continue
    leaders.set(id, Math.min(leaders.get(id) ?? Number.POSITIVE_INFINITY, Number(pid)))
  }
  return [...leaders.values()].toSorted((a, b) => a - b)
}
