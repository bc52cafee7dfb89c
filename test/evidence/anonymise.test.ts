import { describe, expect, it } from 'vitest'
import { anonymise } from '../../src/evidence/anonymise.js'
import { contains, isPublic, parseIp, parsePrefix } from '../../src/ip/index.js'
import type { Snapshot } from '../../src/evidence/types.js'

const TEXT = `host larch larch-2 /home/aoi/x
inet 203.0.115.7/24 brd 203.0.115.255 link/ether 52:54:00:12:34:56 fe80::5054:ff:fe12:3456/64 2a00:1450:4001:82a::200e
-A FORWARD -s 203.0.115.0/24 -d 203.0.115.9 -j ACCEPT  172.17.0.2 02:42:ac:11:00:02 127.0.0.1 255.255.255.0 1.2.3 3:4:5 12:30:45`

const snapshot: Snapshot = {
  schema: 'netmap.snapshot/1',
  version: '0',
  recordedAt: '',
  machines: [{ id: 'linux', name: 'larch', platform: 'linux' }],
  evidence: new Map([
    ['linux/a.txt', { probe: { id: 'linux/a.txt', machine: 'linux', namespace: null, argv: ['x'], format: 'text', timeoutMs: 0, maxBytes: 0 }, outcome: 'ok', status: 0, stdout: TEXT, stderr: '', durationMs: 0 }],
  ]),
  redactions: [],
}

describe('anonymise', () => {
  const done = anonymise(snapshot, 'salt')
  const text = done.evidence.get('linux/a.txt')?.stdout ?? ''

  it('leaves nothing that names the host, its user, its NIC or its public addresses', () => {
    for (const secret of ['larch ', 'aoi', '203.0.115.', '12:34:56', '5054:ff:fe12:3456', '2a00:1450:4001']) expect(text).not.toContain(secret)
  })

  it('keeps what networking rests on', () => {
    const [, own = '', net = '', other = ''] = /inet (\S+?)\/24[\s\S]*-s (\S+) -d (\S+)/.exec(text) ?? []
    const prefix = parsePrefix(net)
    const [a, b] = [parseIp(own), parseIp(other)]
    expect(prefix?.length).toBe(24)
    expect(prefix && a && b && contains(prefix, a) && contains(prefix, b) && isPublic(a)).toBe(true)
    expect(own).not.toBe(other)
    for (const kept of ['172.17.0.2', '02:42:ac:11:00:02', '127.0.0.1', '255.255.255.0', '1.2.3', '3:4:5', '12:30:45', 'larch-2', '52:54:00:']) expect(text).toContain(kept)
  })

  it('is the same for the same salt and another for another', () => {
    expect(anonymise(snapshot, 'salt').evidence.get('linux/a.txt')?.stdout).toBe(text)
    expect(anonymise(snapshot, 'pepper').evidence.get('linux/a.txt')?.stdout).not.toBe(text)
  })

  it('says what it replaced', () => {
    expect(done.redactions.map((one) => one.what).join()).toMatch(/host names.*user names.*MAC.*public addresses/)
    expect(done.machines[0]?.name).toBe('host1')
  })
})
