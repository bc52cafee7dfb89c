/** oclif, behind a module of ours: a lazy import of a CommonJS package gives only its default in a bundle. */
export { execute } from '@oclif/core'
