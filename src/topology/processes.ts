/**
 * Who is who among processes: names, which process holds a socket, and which process a PID of another PID namespace is.
 *
 *   linux/ps.txt      "  4711     1 dockerd"                         pid, parent, command
 *   linux/fds.txt     "… /proc/4711/fd/7 -> socket:[23049]"          one link of a process's open files
 *   linux/nspid.txt   "/proc/4711/status:NSpid:	4711	12"           its PID in each nested PID namespace, outermost first
 */
import type { Snapshot } from '../evidence/types.js'
import type { Owner } from '../model/socket.js'
import { textOf } from './evidence.js'
import { once } from './lazy.js'

export interface Processes {
  /** "dockerd"; null where no such process was seen */
  nameOf(pid: number): string | null
  parentOf(pid: number): number | null
  ownersOf(socket: number): readonly Owner[]
  /** PIDs in each PID namespace of one process, its own machine's first; null where not seen */
  chainOf(pid: number): readonly number[] | null
  /** processes that have `pid` as their PID in a nested PID namespace */
  nestedAs(pid: number): readonly number[]
  named(name: string): readonly number[]
}

const lines = (text: string | null): readonly string[] => (text ?? '').split('\n')

export const processesOf = (snapshot: Snapshot, machine: string): Processes => {
  const listed = once(() => {
    const byPid = new Map<number, { readonly parent: number; readonly name: string }>()
    for (const line of lines(textOf(snapshot, `${machine}/ps.txt`))) {
      const found = /^\s*(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line)
      if (found) byPid.set(Number(found[1]), { parent: Number(found[2]), name: found[3] ?? '' })
    }
    return byPid
  })
  const sockets = once(() => {
    const bySocket = new Map<number, Set<number>>()
    for (const line of lines(textOf(snapshot, `${machine}/fds.txt`))) {
      const found = /\/proc\/(\d+)\/fd\/\d+.*socket:\[(\d+)\]/.exec(line)
      if (!found) continue
      const pids = bySocket.get(Number(found[2])) ?? new Set()
      bySocket.set(Number(found[2]), pids.add(Number(found[1])))
    }
    return bySocket
  })
  const chains = once(() => {
    const byPid = new Map<number, readonly number[]>()
    for (const line of lines(textOf(snapshot, `${machine}/nspid.txt`))) {
      const found = /NSpid:\s*([\d\s]+)$/.exec(line)
      const chain = (found?.[1] ?? '').trim().split(/\s+/).map(Number)
      if (chain[0]) byPid.set(Number(/\/proc\/(\d+)\//.exec(line)?.[1] ?? chain[0]), chain)
    }
    return byPid
  })
  const nested = once(() => {
    const byInner = new Map<number, number[]>()
    for (const [pid, chain] of chains()) for (const inner of chain.slice(1)) byInner.set(inner, [...(byInner.get(inner) ?? []), pid])
    return byInner
  })
  return {
    nameOf: (pid) => listed().get(pid)?.name ?? null,
    parentOf: (pid) => listed().get(pid)?.parent ?? null,
    ownersOf: (socket) =>
      [...(sockets().get(socket) ?? [])].sort((a, b) => a - b).map((pid) => ({ pid, name: listed().get(pid)?.name ?? '' })),
    chainOf: (pid) => chains().get(pid) ?? null,
    nestedAs: (pid) => nested().get(pid) ?? [],
    named: (name) => [...listed()].filter(([, process]) => process.name === name).map(([pid]) => pid),
  }
}
