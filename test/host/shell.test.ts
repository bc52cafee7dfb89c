import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Evidence, Guard, Probe } from '../../src/evidence/types.js'
import { frameReader } from '../../src/host/shell/frames.js'
import { program } from '../../src/host/shell/program.js'

const NONCE = '0123456789abcdef0123456789abcdef'
const dir = mkdtempSync(join(tmpdir(), 'netmap-shell-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const probe = (name: string, argv: readonly string[], more: Partial<Probe> = {}): Probe => ({
  id: `linux/host/${name}.txt`,
  machine: 'linux',
  namespace: 'host',
  argv,
  format: 'text',
  timeoutMs: 2000,
  maxBytes: 1_000_000,
  ...more,
})

const shells = [['sh'], ['bash'], ['busybox', 'sh']].filter(([command = '']) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0)

/** Runs the real program in a real shell, feeding the reader in small pieces so that markers are cut everywhere. */
const run = (probes: readonly Probe[], shell: readonly string[] = ['sh'], piece = 7): Evidence[] => {
  const lane = new Map(probes.map((one, index) => [index + 40, one]))
  const [command = 'sh', ...args] = shell
  const result = spawnSync(command, args, { input: program(lane, NONCE, {}), maxBuffer: 1e9 })
  const reader = frameReader(lane, NONCE, () => 0)
  for (let at = 0; at < result.stdout.length; at += piece) reader.feed(result.stdout.subarray(at, at + piece))
  return [...reader.finish({ outcome: 'failed', stderr: String(result.stderr) })]
}

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('the shell program in %s', (_, shell) => {
  it('brings back stdout to the byte, stderr and status', () => {
    const [plain, none, bad] = run([probe('a', ['printf', 'one\\ntwo']), probe('b', ['true']), probe('c', ['sh', '-c', 'echo out; echo why >&2; exit 3'])], shell)
    expect(plain).toMatchObject({ outcome: 'ok', stdout: 'one\ntwo', stderr: '', status: 0 })
    expect(none).toMatchObject({ outcome: 'ok', stdout: '' })
    expect(bad).toMatchObject({ outcome: 'failed', status: 3, stdout: 'out\n', stderr: 'why' })
  })

  it('cannot be fooled by output that looks like a frame', () => {
    const forged = join(dir, 'forged')
    writeFileSync(forged, `\n${'f'.repeat(32)} E 40\n\n0123 S 40 0\nB 41\n\0\x1b[2J no newline at the end`)
    const [first, second] = run([probe('a', ['cat', forged]), probe('b', ['echo', 'second'])], shell)
    expect(first?.stdout).toContain('no newline at the end')
    expect(first?.stdout.startsWith(`\n${'f'.repeat(32)} E 40`)).toBe(true)
    expect(second?.stdout).toBe('second\n')
  })

  it('never puts the nonce into an argument or the environment of a command', () => {
    const [seen] = run([probe('a', ['sh', '-c', `tr '\\0' ' ' < /proc/self/environ; cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '`])], shell)
    expect(seen?.outcome).toBe('ok')
    expect(seen?.stdout).not.toContain(NONCE)
  })

  it('says which tool is missing, and goes on', () => {
    const [missing, after] = run([probe('a', ['netmap-no-such-tool', '-x']), probe('b', ['echo', 'on'])], shell)
    expect(missing?.outcome).toBe('missing-tool')
    expect(after?.stdout).toBe('on\n')
  })

  it('ends a command that hangs, keeps what came before it, and says what did not run', () => {
    const [before, hung, after] = run([probe('a', ['echo', 'here']), probe('b', ['sh', '-c', 'echo half; exec sleep 30'], { timeoutMs: 1000 }), probe('c', ['echo', 'never'])].map((one) => ({ ...one, timeoutMs: 1000 })), shell)
    expect(before?.stdout).toBe('here\n')
    expect(hung).toMatchObject({ outcome: 'timeout', stdout: 'half\n' })
    /** GNU timeout ends the whole group; where each command is bounded by itself the next one still runs */
    expect(after?.outcome).toBe(shell[0] === 'busybox' ? 'ok' : 'timeout')
  })

  it('says so where a namespace cannot be entered', () => {
    const [gone] = run([probe('a', ['echo', 'x'], { enter: '/proc/1/ns/no-such-namespace' })], shell)
    expect(gone?.outcome).not.toBe('ok')
    expect(gone?.stdout).toBe('')
  })

  it('asks conditions before it starts a tool', () => {
    const guard = (when: Guard): Partial<Probe> => ({ when })
    const [, skipped, asked, noFile, zero] = run(
      [
        probe('words', ['echo', 'a "bridge" here']),
        probe('b', ['echo', 'b'], guard({ kind: 'output-contains', probe: 'linux/host/words.txt', texts: ['vxlan'] })),
        probe('c', ['echo', 'c'], guard({ kind: 'any', of: [{ kind: 'output-contains', probe: 'linux/host/words.txt', texts: ['"bridge"'] }] })),
        probe('d', ['echo', 'd'], guard({ kind: 'file-not-empty', path: '/proc/no/such/file' })),
        probe('e', ['echo', 'e'], guard({ kind: 'file-not-zero', path: '/proc/sys/kernel/tainted-no' })),
      ],
      shell,
    )
    expect(skipped).toMatchObject({ outcome: 'ok', stdout: '', skipped: 'words.txt shows no vxlan' })
    expect(asked?.stdout).toBe('c\n')
    expect(noFile?.skipped).toBe('/proc/no/such/file is empty or absent')
    expect(zero?.skipped).toBeDefined()
  })

  it('passes arguments as they are', () => {
    const odd = [`it's`, '$(echo no)', '`no`', 'a  b', '*', '', '\\n', '"q"', '-n']
    const [out] = run([probe('a', ['printf', '<%s>', ...odd])], shell)
    expect(out?.stdout).toBe(odd.map((one) => `<${one}>`).join(''))
  })
})

describe('frames', () => {
  it('keeps no more of an output than its bound, and reads on', () => {
    const [big, after] = run([probe('a', ['head', '-c', '3000000', '/dev/zero'], { maxBytes: 1000 }), probe('b', ['echo', 'after'])], ['sh'], 65_536)
    expect(big).toMatchObject({ outcome: 'truncated' })
    expect(big?.stdout.length).toBe(1000)
    expect(after?.stdout).toBe('after\n')
  })

  it('tells what was still to come when the stream ends', () => {
    const lane = new Map([[0, probe('a', ['x'])], [1, probe('b', ['y'])]])
    const reader = frameReader(lane, NONCE, () => 0)
    reader.feed(Buffer.from(`\n${NONCE} B 0\nhalf an out`))
    const [first, second] = reader.finish({ outcome: 'timeout', stderr: 'killed' })
    expect(first).toMatchObject({ outcome: 'timeout', stderr: 'killed' })
    expect(second).toMatchObject({ outcome: 'timeout', stdout: '' })
  })
})
