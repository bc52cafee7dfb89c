/** Snapshot folders on disk. Reading trusts nothing: sizes are checked before bytes, links are not followed out. Writing is all or nothing. */
import { closeSync, constants, existsSync, fstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { decode, encode, SnapshotError } from '../evidence/codec.js'
import type { Snapshot } from '../evidence/types.js'

/** bytes; larger than any recording of a real host, small enough for any machine */
const MAX_FILE = 64 * 1024 * 1024
const MAX_TOTAL = 512 * 1024 * 1024

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`

export const readSnapshot = (path: string): Snapshot => {
  const root = resolve(path)
  if (!existsSync(root)) throw new SnapshotError(`there is no folder ${path}`, [`netmap record ${path}`])
  if (!statSync(root).isDirectory()) throw new SnapshotError(`${path} is a file; a snapshot is a folder with a host.json in it`)
  let total = 0
  return decode((file) => {
    const name = join(root, file)
    let handle: number
    try {
      /** a link could lead anywhere: /dev/zero, a secret */
      handle = openSync(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return null
      throw new SnapshotError(code === 'ELOOP' ? `${file} is a symbolic link; a snapshot holds plain files only` : `${file} cannot be read: ${code}`, ['record it again'])
    }
    try {
      const stat = fstatSync(handle)
      if (!stat.isFile()) throw new SnapshotError(`${file} is not a plain file`, ['record it again'])
      total += stat.size
      if (stat.size > MAX_FILE || total > MAX_TOTAL)
        throw new SnapshotError(`${file} is too large: ${megabytes(stat.size)}, and netmap reads up to ${megabytes(MAX_FILE)} a file and ${megabytes(MAX_TOTAL)} in all`, ['record it again'])
      return readFileSync(handle, 'utf8')
    } finally {
      closeSync(handle)
    }
  })
}

/** Refuses a target that holds anything; a write that fails leaves nothing behind. */
export const writeSnapshot = (path: string, snapshot: Snapshot): void => {
  const target = resolve(path)
  assertFree(path)
  mkdirSync(dirname(target), { recursive: true })
  const draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
  try {
    for (const [file, text] of encode(snapshot)) {
      mkdirSync(dirname(join(draft, file)), { recursive: true })
      writeFileSync(join(draft, file), text)
    }
    if (existsSync(target)) rmdirSync(target)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw new SnapshotError(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`, ['choose a folder you may write to'])
  }
}

export const assertFree = (path: string): void => {
  const target = resolve(path)
  if (!existsSync(target)) return
  if (!statSync(target).isDirectory()) throw new SnapshotError(`${path} exists and is no folder`, ['name a folder that does not exist yet'])
  if (readdirSync(target).length > 0) throw new SnapshotError(`${path} is not empty: netmap overwrites no recording`, ['name a folder that does not exist yet'])
}
