/** Chance, for pseudonyms that nobody can undo. */
import { randomBytes } from 'node:crypto'

export const salt = (): string => randomBytes(16).toString('hex')
