/**
 * The programs' output, as it arrives → evidence. Keeps at most `maxBytes` of each output and reads on, so that a tool that prints without
 * end costs its time bound and no memory.
 */
import type { Evidence, Outcome, Probe } from '../../evidence/types.js'
import { guardReason } from './program.js'

const MAX_STDERR = 4096

interface Sink {
  readonly chunks: Buffer[]
  bytes: number
  cut: boolean
  readonly limit: number
}

const sink = (limit: number): Sink => ({ chunks: [], bytes: 0, cut: false, limit })

const take = (into: Sink, data: Buffer): void => {
  const room = into.limit - into.bytes
  if (data.length > room) into.cut = true
  if (room <= 0) return
  const kept = data.subarray(0, room)
  into.chunks.push(Buffer.from(kept))
  into.bytes += kept.length
}

const text = (from: Sink): string => Buffer.concat(from.chunks).toString('utf8')

/** What the words of a failing tool mean. 127 is the shell's own "not found"; 137 and 124 are `timeout`'s. */
export const outcomeOf = (status: number, stderr: string, cut: boolean): Outcome => {
  if (status === 137 || status === 124) return 'timeout'
  if (status === 127 || (status === 126 && /not found/.test(stderr)) || /(^|: )(not found|No such file or directory)$/m.test(stderr) && /^(sh|timeout|nsenter|ash|dash|env)\b/.test(stderr)) return 'missing-tool'
  if (status !== 0) return /permission denied|operation not permitted|must be root|you must be (root|superuser)|are you root/i.test(stderr) ? 'denied' : 'failed'
  return cut ? 'truncated' : 'ok'
}

export interface FrameReader {
  feed(chunk: Buffer): void
  /** everything that came, and for each probe that did not: why (`fallback` where the stream simply ended) */
  finish(fallback: { readonly outcome: Outcome; readonly stderr: string }): readonly Evidence[]
}

export const frameReader = (probes: ReadonlyMap<number, Probe>, nonce: string, now: () => number): FrameReader => {
  const marker = Buffer.from(`\n${nonce} `)
  const done = new Map<number, Evidence>()
  let rest: Buffer = Buffer.alloc(0)
  let into: Sink | null = null
  let current: { readonly index: number; readonly probe: Probe; readonly stdout: Sink; readonly began: number; status: number | null } | null = null
  let group: { readonly first: number; readonly count: number; readonly status: number; readonly stderr: Sink } | null = null

  const settle = (index: number, outcome: Outcome, more: Partial<Evidence>): void => {
    const probe = probes.get(index)
    if (probe && !done.has(index)) done.set(index, { probe, outcome, status: null, stdout: '', stderr: '', durationMs: 0, ...more })
  }
  const closeGroup = (): void => {
    if (!group) return
    const stderr = text(group.stderr).trimEnd()
    const outcome = group.status === 0 ? 'failed' : outcomeOf(group.status, stderr, false)
    for (let index = group.first; index < group.first + group.count; index += 1) settle(index, outcome, { status: group.status, stderr: stderr || `its group ended with status ${group.status}` })
    group = null
  }
  const header = (line: string): void => {
    const [kind, first = '', second = '', third = ''] = line.split(' ')
    const index = Number(first)
    switch (kind) {
      case 'B': {
        const probe = probes.get(index)
        into = probe ? sink(probe.maxBytes) : null
        current = probe && into ? { index, probe, stdout: into, began: now(), status: null } : null
        break
      }
      case 'S':
        if (current) current.status = Number(second)
        into = sink(MAX_STDERR)
        break
      case 'E':
        if (current && into) {
          const stderr = text(into).replace(/\n$/, '')
          const status = current.status ?? 0
          settle(current.index, outcomeOf(status, stderr, current.stdout.cut), { status, stdout: text(current.stdout), stderr, durationMs: Math.round(now() - current.began) })
        }
        into = null
        current = null
        break
      case 'K':
        settle(index, 'ok', { status: 0, skipped: probes.get(index)?.when ? guardReason(probes.get(index)?.when as never) : line.slice(2) })
        break
      case 'G':
        if (current) {
          settle(current.index, outcomeOf(Number(third), '', false), { status: Number(third), stdout: text(current.stdout) })
          current = null
        }
        into = sink(MAX_STDERR)
        group = { first: index, count: Number(second), status: Number(third), stderr: into }
        break
      case 'H':
        closeGroup()
        into = null
        break
    }
  }
  return {
    feed(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (;;) {
        const at = rest.indexOf(marker)
        if (at < 0) {
          /** a marker may be cut at the end of this chunk */
          const safe = rest.length - marker.length
          if (safe > 0) {
            if (into) take(into, rest.subarray(0, safe))
            rest = rest.subarray(safe)
          }
          return
        }
        const end = rest.indexOf(0x0a, at + marker.length)
        if (end < 0) {
          if (into && at > 0) take(into, rest.subarray(0, at))
          rest = rest.subarray(at)
          return
        }
        if (into && at > 0) take(into, rest.subarray(0, at))
        const line = rest.subarray(at + marker.length, end).toString('utf8')
        /** the newline that ends a header may begin the next marker */
        rest = rest.subarray(end + 1 < rest.length && rest.indexOf(marker, end) === end ? end : end + 1)
        header(line)
      }
    },
    finish(fallback) {
      closeGroup()
      if (current) settle(current.index, fallback.outcome, { stdout: text(current.stdout), stderr: fallback.stderr })
      return [...probes].map(([index, probe]) => done.get(index) ?? { probe, outcome: fallback.outcome, status: null, stdout: '', stderr: fallback.stderr, durationMs: 0 })
    },
  }
}
