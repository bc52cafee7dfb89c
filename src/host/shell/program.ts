/**
 * A round of probes → POSIX shell programs: one per lane, each entering namespace after namespace. The same text runs in dash, bash and
 * busybox, here, under `sudo -n`, or at the far end of any transport that gives a shell.
 *
 * Framing: the program is fed over stdin and holds a random nonce; every output stands between lines that begin with it. No command sees
 * the nonce in its arguments, input or (the programs unset it) environment, so no output can forge a frame.
 *
 *   \n<nonce> B 12\n   …stdout of probe 12…   \n<nonce> S 12 0\n   …stderr…   \n<nonce> E 12\n      (S carries the exit status)
 *   \n<nonce> K 12 why\n                      skipped: its condition did not hold
 *   \n<nonce> G 40 27 124\n …stderr… \n<nonce> H 40\n       the group that began at 40, of 27 probes, ended with status 124
 */
import type { Guard, Probe } from '../../evidence/types.js'
import { quote, quoteAll } from './quote.js'

export interface Lane {
  readonly text: string
  /** probes by the number they have in the frames */
  readonly probes: ReadonlyMap<number, Probe>
}

/**
 * Functions that every program begins with. `n` is the nonce; descriptor 3 is the way out, since stdout is being captured; `w` bounds each
 * command where the group's own bound does not reach it.
 */
const PRELUDE = `
s() { printf '\\n%s S %s %s\\n%s\\n%s E %s\\n' "$n" "$1" "$2" "$3" "$n" "$1" >&3; }
p() { i=$1; shift; printf '\\n%s B %s\\n' "$n" "$i" >&3; e=$($w "$@" 2>&1 >&3 3>&- </dev/null); s "$i" $? "$e"; }
v() { i=$1; shift; o=$($w "$@" 2>&1 3>&- </dev/null); r=$?; printf '\\n%s B %s\\n' "$n" "$i" >&3
if [ $r -eq 0 ]; then printf '%s' "$o" >&3; s "$i" 0 ''; else s "$i" $r "$o"; o=; fi; }
k() { printf '\\n%s K %s %s\\n' "$n" "$1" "$2" >&3; }
h() { x=; { read -r x < "$1"; } 2>/dev/null; [ -n "$x" ]; }
z() { h "$1" && [ "$x" != 0 ]; }
t() { printf '\\n%s B %s\\n%s' "$n" "$1" "$2" >&3; s "$1" 0 ''; }
`

const ENVIRONMENT = `LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`

/** Shell variables that hold an earlier probe's output or status, for guards. */
interface Saved {
  readonly output: ReadonlyMap<string, string>
  readonly status: ReadonlyMap<string, string>
}

const guardTest = (guard: Guard, saved: Saved): string => {
  switch (guard.kind) {
    case 'file-not-empty':
      return `h ${quote(guard.path)}`
    case 'file-not-zero':
      return `z ${quote(guard.path)}`
    case 'output-contains': {
      const name = saved.output.get(guard.probe)
      const patterns = guard.texts.map((text) => `*'${text.replaceAll("'", `'\\''`)}'*`).join('|')
      return name === undefined ? 'true' : `case $${name} in ${patterns}) true;; *) false;; esac`
    }
    case 'output-not-empty': {
      const [output, status] = [saved.output.get(guard.probe), saved.status.get(guard.probe)]
      if (output === undefined || status === undefined) return 'true'
      return guard.orFailed === true ? `{ [ -n "$${output}" ] || [ "$${status}" != 0 ]; }` : `[ -n "$${output}" ]`
    }
    case 'any':
      return `{ ${guard.of.map((one) => guardTest(one, saved)).join(' || ')}; }`
  }
}

export const guardReason = (guard: Guard): string => {
  switch (guard.kind) {
    case 'file-not-empty':
      return `${guard.path} is empty or absent`
    case 'file-not-zero':
      return `${guard.path} is 0 or absent`
    case 'output-contains':
      return `${guard.probe.split('/').at(-1)} shows no ${guard.texts.join(' or ')}`
    case 'output-not-empty':
      return `${guard.probe.split('/').at(-1)} is empty`
    case 'any':
      return guard.of.map(guardReason).join(', ')
  }
}

const referenced = (guard: Guard | undefined): readonly string[] =>
  guard === undefined ? [] : guard.kind === 'any' ? guard.of.flatMap(referenced) : 'probe' in guard ? [guard.probe] : []

/** `ip` probes in a row with the same options become one process: options, then what follows them. */
const batchKey = (probe: Probe): string | null => {
  const [tool, ...rest] = probe.argv
  if (tool !== 'ip' || probe.when || !rest.includes('-j')) return null
  const options = rest.slice(0, rest.findIndex((word) => !word.startsWith('-')))
  return options.join(' ')
}

const batchLine = (probe: Probe): string => probe.argv.slice(1).filter((word) => !word.startsWith('-')).join(' ')

type Numbered = readonly [number: number, probe: Probe]

/** Body for probes that share a namespace; \`b\` is added to every number so that one text serves all namespaces with the same probes. */
export const groupBody = (probes: readonly Numbered[], base: string): string => {
  const wanted = new Set(probes.flatMap(([, probe]) => referenced(probe.when)))
  const saved = { output: new Map<string, string>(), status: new Map<string, string>() }
  const lines: string[] = []
  const number = (index: number): string => (base === '' ? String(index) : `$((${base}+${index}))`)
  const single = ([index, probe]: Numbered): string => {
    if (!wanted.has(probe.id)) return `p ${number(index)} ${quoteAll(probe.argv)}`
    const name = `o${index}`
    saved.output.set(probe.id, name)
    saved.status.set(probe.id, `r${index}`)
    return `v ${number(index)} ${quoteAll(probe.argv)}; ${name}=$o; r${index}=$r`
  }
  for (let i = 0; i < probes.length; ) {
    const [index, probe] = probes[i] as Numbered
    const key = batchKey(probe)
    let end = i + 1
    while (key !== null && end < probes.length && batchKey((probes[end] as Numbered)[1]) === key) end += 1
    if (key !== null && end - i > 1) {
      const group = probes.slice(i, end)
      const input = group.map(([, one]) => batchLine(one)).join('\\n')
      const emit = group.map(([at, one], position) => {
        const keep = wanted.has(one.id) ? `; o${at}=$${position + 1}; r${at}=0` : ''
        return `t ${number(at)} "$${position + 1}"${keep}`
      })
      for (const [at, one] of group)
        if (wanted.has(one.id)) {
          saved.output.set(one.id, `o${at}`)
          saved.status.set(one.id, `r${at}`)
        }
      const alone = group.map(([at, one]) => (wanted.has(one.id) ? `v ${number(at)} ${quoteAll(one.argv)}; o${at}=$o; r${at}=$r` : `p ${number(at)} ${quoteAll(one.argv)}`))
      lines.push(`q=$(printf '${input}\\n' | $w ip ${key} -batch - 2>/dev/null 3>&-); set -f; IFS='\n'; set -- $q; unset IFS; set +f`)
      lines.push(`if [ $# -eq ${group.length} ]; then ${emit.join('; ')}; else ${alone.join('; ')}; fi`)
    } else if (probe.when) {
      const reason = quote(guardReason(probe.when))
      lines.push(`if ${guardTest(probe.when, saved)}; then ${single([index, probe])}; else k ${number(index)} ${reason}; fi`)
    } else lines.push(single([index, probe]))
    i = end
  }
  return lines.join('\n')
}

/**
 * GNU timeout ends the whole process group it started. Busybox's ends one process, and what that one started goes on and holds the pipe:
 * there each command is bounded by itself, and the group gets some times as long.
 */
const BUSYBOX = `case $(timeout --help 2>&1) in *BusyBox*) w='timeout -s KILL' f=5;; *) w= f=1;; esac`

/** Seconds, whole, at least 1: what every `timeout` takes. */
const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000))

/** KILL, since a tool in an uninterruptible call would sit out anything milder; busybox has no -k. */
const bounded = (milliseconds: number): string => `timeout -s KILL ${seconds(milliseconds)}`

/** `export NAME=value` lines for what the tools need to find their daemon. */
const exports = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quote(value)}`)
    .join('\n')

interface Group {
  readonly enter: string | null
  readonly probes: readonly Numbered[]
}

/** Probes in the order they came, those of one namespace together. */
const groups = (probes: readonly Numbered[]): readonly Group[] => {
  const byPlace = new Map<string, { enter: string | null; probes: Numbered[] }>()
  for (const numbered of probes) {
    const [, probe] = numbered
    const key = probe.namespace === null ? '' : `${probe.namespace} ${probe.enter ?? ''}`
    const group = byPlace.get(key) ?? { enter: probe.enter ?? null, probes: [] }
    group.probes.push(numbered)
    byPlace.set(key, group)
  }
  return [...byPlace.values()]
}

/**
 * A lane's program. Probes of a namespace run as one bounded group; probes about the machine (daemons may hang) are bounded one by one.
 */
export const program = (lane: ReadonlyMap<number, Probe>, nonce: string, environment: Readonly<Record<string, string>>): string => {
  const bodies = new Map<string, string>()
  const out: string[] = [`n=${nonce}; exec 3>&1; export ${ENVIRONMENT}; unset IFS\n${BUSYBOX}`, exports(environment), PRELUDE]
  const defined: string[] = []
  for (const group of groups([...lane])) {
    const [first] = group.probes[0] ?? [0]
    if (group.probes[0]?.[1].namespace == null) {
      for (const [index, probe] of group.probes) out.push(`w= p ${index} ${bounded(probe.timeoutMs)} ${quoteAll(probe.argv)}`)
      continue
    }
    const relative = group.probes.map(([index, probe]): Numbered => [index - first, stripNamespace(probe)])
    const body = groupBody(relative, 'b')
    let name = bodies.get(body)
    if (name === undefined) {
      name = `g${bodies.size}`
      bodies.set(body, name)
      defined.push(`${name}=${quoteAlways(`n=$N; w=$W; unset N W; b=$1; exec 3>&1; unset IFS\n${PRELUDE}\n${body}`)}`)
    }
    const limit = seconds(Math.max(...group.probes.map(([, probe]) => probe.timeoutMs)))
    const enter = group.enter === null ? '' : `nsenter --net=${quote(group.enter)} `
    const run = `N=$n W="$w\${w:+ ${limit}}" timeout -s KILL $((${limit}*f)) ${enter}sh -c "$${name}" netmap ${first}`
    out.push(`e=$(${run} 2>&1 >&3 3>&- </dev/null); printf '\\n%s G %s %s %s\\n%s\\n%s H %s\\n' "$n" ${first} ${group.probes.length} $? "$e" "$n" ${first} >&3`)
  }
  return `${out.slice(0, 3).join('\n')}\n${defined.join('\n')}\n${out.slice(3).join('\n')}\n`
}

const quoteAlways = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The same probes in another namespace must give the same text, so that it is sent once. */
const stripNamespace = (probe: Probe): Probe => {
  const strip = (id: string): string => id.split('/').at(-1) ?? id
  const guard = (one: Guard): Guard => (one.kind === 'any' ? { ...one, of: one.of.map(guard) } : 'probe' in one ? { ...one, probe: strip(one.probe) } : one)
  return { ...probe, id: strip(probe.id), ...(probe.when ? { when: guard(probe.when) } : {}) }
}
