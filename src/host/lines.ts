/** Lines of a file, or of standard input for "-". */
import { readFileSync } from 'node:fs'

/** The file is not there or cannot be read. Exit code 2. */
class FileError extends Error {
  override readonly name = 'UsageError'
  readonly suggestions: readonly string[] = []
}

export const readLines = (file: string): readonly string[] => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').split('\n')
  } catch (error) {
    throw new FileError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
