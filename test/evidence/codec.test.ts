import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decode, encode, isSafeId, SnapshotError } from '../../src/evidence/codec.js'
import type { Evidence, Outcome, Snapshot } from '../../src/evidence/types.js'
import { readSnapshot, writeSnapshot } from '../../src/host/snapshot-folder.js'

const evidence = (id: string, stdout: string, more: Partial<Evidence> = {}): Evidence => {
  const [machine = '', second, third] = id.split('/')
  return {
    probe: { id, machine, namespace: third === undefined ? null : (second ?? null), argv: ['ip', 'x y'], format: id.endsWith('.json') ? 'json' : 'text', timeoutMs: 0, maxBytes: 0 },
    outcome: 'ok',
    status: 0,
    stdout,
    stderr: '',
    durationMs: 3,
    ...more,
  }
}

const snapshot = (list: readonly Evidence[]): Snapshot => ({
  schema: 'netmap.snapshot/1',
  version: '0.1.0',
  recordedAt: '2026-11-24T00:00:00Z',
  machines: [{ id: 'linux', name: 'larch', platform: 'linux' }],
  evidence: new Map(list.map((one) => [one.probe.id, one])),
  redactions: [{ what: 'x', where: 'y', count: 1 }],
})

const plain = (one: Snapshot) => ({ ...one, evidence: [...one.evidence.values()].map((each) => ({ ...each, stdout: each.stdout })) })

describe('the codec', () => {
  it('brings back what it wrote', () => {
    const outcome = fc.constantFrom<Outcome>('ok', 'failed', 'denied', 'missing-tool', 'timeout', 'truncated', 'not-recorded')
    const one = fc.record({ file: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}\.(txt|json)$/), stdout: fc.string({ unit: 'binary' }), stderr: fc.string(), outcome })
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (each) => each.file }), (list) => {
        const before = snapshot(list.map(({ file, ...more }) => evidence(`linux/host/${file}`, more.stdout.toWellFormed(), { outcome: more.outcome, stderr: more.stderr })))
        const files = encode(before)
        expect(plain(decode((file) => files.get(file) ?? null))).toEqual(plain(before))
      }),
      { numRuns: 100 },
    )
  })

  it.each(['../x/y', '/etc/passwd', 'linux/../../x', 'linux/host/..', 'linux//x', 'linux/host/a/b', 'linux', '.git/config', 'linux/host/\u0000', 'a/b\\c', ''])('lets no id out of the folder: %j', (id) => {
    expect(isSafeId(id)).toBe(false)
  })
})

describe('a snapshot on disk', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'netmap-snap-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const host = (schema = 'netmap.snapshot/1') => writeFileSync(join(dir, 'host.json'), JSON.stringify({ schema, machines: [] }))
  const index = (entries: unknown) => writeFileSync(join(dir, 'index.json'), JSON.stringify(entries))

  it('is written whole or not at all', () => {
    const target = join(dir, 'new')
    writeSnapshot(target, snapshot([evidence('linux/host/a.txt', 'A'), evidence('linux/b.json', '{}')]))
    expect([...readSnapshot(target).evidence.keys()]).toEqual(['linux/host/a.txt', 'linux/b.json'])
    expect(readSnapshot(target).evidence.get('linux/host/a.txt')?.stdout).toBe('A')
    expect(() => writeSnapshot(target, snapshot([]))).toThrow(/not empty/)
    const beside = join(dir, 'new', 'host.json', 'under-a-file')
    expect(() => writeSnapshot(beside, snapshot([]))).toThrow()
    expect(readdirSync(dir)).toEqual(['new'])
  })

  it.each<[string, () => void, RegExp]>([
    ['missing', () => rmSync(dir, { recursive: true }), /no folder/],
    ['empty', () => {}, /no host\.json/],
    ['not JSON', () => writeFileSync(join(dir, 'host.json'), '{"schema":'), /cannot be read/],
    ['of something else', () => host('docker/1'), /not a netmap snapshot/],
    ['of a newer netmap', () => host('netmap.snapshot/2'), /this netmap reads netmap\.snapshot\/1/],
    ['without an index', () => host(), /no index\.json/],
    ['with an index cut off', () => (host(), writeFileSync(join(dir, 'index.json'), '[{"id":')), /index\.json cannot be read/],
    ['with a path that leads out', () => (host(), index([{ id: '../../etc/passwd', argv: [], outcome: 'ok' }])), /outside the snapshot/],
    ['nested 100,000 deep', () => (host(), writeFileSync(join(dir, 'index.json'), '['.repeat(100_000))), /nested more than/],
  ])('%s: a clear message', (_, make, message) => {
    make()
    expect(() => readSnapshot(dir)).toThrow(SnapshotError)
    if (_ !== 'missing') make()
    expect(() => readSnapshot(dir)).toThrow(message)
  })

  it('refuses a link and a file of a gigabyte before reading them', () => {
    host()
    index([{ id: 'linux/a.txt', argv: [], outcome: 'ok' }, { id: 'linux/b.txt', argv: [], outcome: 'ok' }])
    mkdirSync(join(dir, 'linux'))
    symlinkSync('/etc/passwd', join(dir, 'linux/a.txt'))
    writeFileSync(join(dir, 'linux/b.txt'), '')
    truncateSync(join(dir, 'linux/b.txt'), 1e9)
    const read = readSnapshot(dir)
    expect(() => read.evidence.get('linux/a.txt')?.stdout).toThrow(/symbolic link/)
    expect(() => read.evidence.get('linux/b.txt')?.stdout).toThrow(/too large/)
  })
})
