/**
 * Snapshot ⇄ files. Pure: paths and texts in and out; src/host/snapshot-folder.ts reads and writes them.
 *
 *   host.json    {"schema":"netmap.snapshot/1","version":"0.1.0","recordedAt":"…","machines":[…],"redactions":[…]}
 *   index.json   [{"id":"linux/host/ip-link.json","argv":["ip","-j","-d","link","show"],"outcome":"ok","status":0,…}]
 *   linux/host/ip-link.json      the raw stdout of that command
 *
 * A snapshot from somewhere else is untrusted: ids are checked before any of them becomes a path.
 */
import { isObject, type JsonObject, objects, parseJson, str, strings } from './json.js'
import type { Evidence, Machine, Outcome, Platform, Redaction, Snapshot } from './types.js'

/** The folder is not a snapshot, or not one this netmap reads. Exit code 2. */
export class SnapshotError extends Error {
  readonly suggestions: readonly string[]
  constructor(message: string, suggestions: readonly string[] = ['netmap record DIR makes a new one']) {
    super(message)
    this.name = 'SnapshotError'
    this.suggestions = suggestions
  }
}

const OUTCOMES: ReadonlySet<string> = new Set(['ok', 'failed', 'denied', 'missing-tool', 'timeout', 'truncated', 'not-recorded'])
const PLATFORMS: ReadonlySet<string> = new Set(['linux', 'darwin', 'win32'])

/** Two or three plain segments: no "..", no absolute path, nothing hidden, nothing that a file system would read twice. */
export const isSafeId = (id: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}){1,2}$/.test(id) && !id.includes('..')

export const encode = (snapshot: Snapshot): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  const { schema, version, recordedAt, machines, redactions } = snapshot
  files.set('host.json', `${JSON.stringify({ schema, version, recordedAt, machines, redactions }, null, 2)}\n`)
  const index = [...snapshot.evidence.values()].map((evidence) => {
    const { probe, outcome, status, stderr, durationMs, skipped } = evidence
    return {
      id: probe.id,
      argv: probe.argv,
      ...(probe.enter === undefined ? {} : { enter: probe.enter }),
      outcome,
      status,
      ...(stderr === '' ? {} : { stderr }),
      durationMs,
      ...(skipped === undefined ? {} : { skipped }),
    }
  })
  files.set('index.json', `[\n${index.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`)
  for (const { probe, stdout } of snapshot.evidence.values()) if (stdout !== '') files.set(probe.id, stdout)
  return files
}

const json = (text: string, file: string): ReturnType<typeof parseJson> & { readonly ok: true } => {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new SnapshotError(`${file} cannot be read: ${parsed.why}`, ['the recording may have been cut off: record it again'])
  return parsed
}

const machineOf = (record: JsonObject): Machine[] => {
  const id = str(record, 'id')
  const platform = str(record, 'platform') ?? ''
  return id === null || !PLATFORMS.has(platform) ? [] : [{ id, name: str(record, 'name') ?? id, platform: platform as Platform }]
}

const redactionOf = (record: JsonObject): Redaction => ({
  what: str(record, 'what') ?? '',
  where: str(record, 'where') ?? '',
  count: typeof record['count'] === 'number' ? record['count'] : 0,
})

/** What `host.json` says, checked for the schema before anything else is read. */
const header = (text: string): Omit<Snapshot, 'evidence'> => {
  const { value } = json(text, 'host.json')
  const record = isObject(value) ? value : {}
  const schema = str(record, 'schema') ?? ''
  const number = /^netmap\.snapshot\/(\d+)$/.exec(schema)?.[1]
  if (number === undefined) throw new SnapshotError(`host.json is not a netmap snapshot: expected "schema": "netmap.snapshot/1", found ${JSON.stringify(schema)}`)
  if (Number(number) > 1) throw new SnapshotError(`this snapshot is of schema ${schema}; this netmap reads netmap.snapshot/1`, ['update netmap: npm install -g netmap-cli'])
  return {
    schema: 'netmap.snapshot/1',
    version: str(record, 'version') ?? '',
    recordedAt: str(record, 'recordedAt') ?? '',
    machines: objects(record['machines']).flatMap(machineOf),
    redactions: objects(record['redactions']).map(redactionOf),
  }
}

/** `read` gives a file's text, null where there is none; it may throw what the file system says. Outputs are read when they are first looked at. */
export const decode = (read: (file: string) => string | null): Snapshot => {
  const host = read('host.json')
  if (host === null) throw new SnapshotError('there is no host.json: this is not a netmap snapshot')
  const head = header(host)
  const listing = read('index.json')
  if (listing === null) throw new SnapshotError('there is no index.json: the snapshot is incomplete', ['record it again'])
  const { value } = json(listing, 'index.json')
  if (!Array.isArray(value)) throw new SnapshotError('index.json is not a list of commands')
  const evidence = new Map<string, Evidence>()
  for (const entry of value) {
    const one = isObject(entry) ? evidenceOf(entry, read) : null
    if (!one) throw new SnapshotError(`index.json holds an entry that is no command: ${JSON.stringify(entry)?.slice(0, 80) ?? ''}`)
    evidence.set(one.probe.id, one)
  }
  return { ...head, evidence }
}

const evidenceOf = (entry: JsonObject, read: (file: string) => string | null): Evidence | null => {
  const id = str(entry, 'id')
  const outcome = str(entry, 'outcome') ?? ''
  if (id === null || !OUTCOMES.has(outcome)) return null
  if (!isSafeId(id)) throw new SnapshotError(`index.json names a file outside the snapshot: ${JSON.stringify(id).slice(0, 80)}`, ['do not trust where this snapshot came from'])
  const [machine = '', second, third] = id.split('/')
  const enter = str(entry, 'enter')
  const skipped = str(entry, 'skipped')
  let text: string | undefined
  return {
    probe: {
      id,
      machine,
      namespace: third === undefined ? null : (second ?? null),
      argv: strings(entry['argv']),
      format: id.endsWith('.json') ? 'json' : 'text',
      timeoutMs: 0,
      maxBytes: 0,
      ...(enter === null ? {} : { enter }),
    },
    outcome: outcome as Outcome,
    status: typeof entry['status'] === 'number' ? entry['status'] : null,
    get stdout() {
      text ??= read(id) ?? ''
      return text
    },
    stderr: str(entry, 'stderr') ?? '',
    durationMs: typeof entry['durationMs'] === 'number' ? entry['durationMs'] : 0,
    ...(skipped === null ? {} : { skipped }),
  }
}
