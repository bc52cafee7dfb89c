/** Work put off until somebody asks, and then done once: a trace over a recording of a thousand namespaces parses the few on its path. */

export const once = <T>(compute: () => T): (() => T) => {
  let done = false
  let value: T
  return () => {
    if (!done) {
      value = compute()
      done = true
    }
    return value
  }
}

/** A map that finds single values without building the rest; listing builds all, in `keys` order. `find` returns undefined for no value. */
export const lazyMap = <V>(find: (key: string) => V | undefined, keys: () => Iterable<string>): ReadonlyMap<string, V> => {
  const known = new Map<string, V | undefined>()
  const get = (key: string): V | undefined => {
    if (!known.has(key)) known.set(key, find(key))
    return known.get(key)
  }
  const all = once(() => {
    const full = new Map<string, V>()
    for (const key of keys()) {
      const value = get(key)
      if (value !== undefined) full.set(key, value)
    }
    return full as ReadonlyMap<string, V>
  })
  return {
    get,
    has: (key) => get(key) !== undefined,
    get size() {
      return all().size
    },
    forEach: (callback, thisArg) => all().forEach(callback, thisArg),
    entries: () => all().entries(),
    keys: () => all().keys(),
    values: () => all().values(),
    [Symbol.iterator]: () => all()[Symbol.iterator](),
  }
}
