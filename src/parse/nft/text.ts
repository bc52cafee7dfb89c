/**
 * `nft -a list ruleset` → each rule's own text by "<family> <table> <handle>", with its line.
 *
 *   table ip docker-bridges { # handle 5
 *   	chain filter-FORWARD { # handle 1
 *   		type filter hook forward priority filter; policy accept;
 *   		oifname vmap @filter-forward-in-jumps counter packets 0 bytes 0 # handle 7
 */
export const nftTexts = (text: string): ReadonlyMap<string, { readonly line: number; readonly text: string }> => {
  const found = new Map<string, { readonly line: number; readonly text: string }>()
  let table = ''
  let inSet = false
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim()
    const opened = /^table (\w+) (\S+) \{/.exec(line)
    if (opened) table = `${opened[1]} ${opened[2]}`
    else if (/^(set|map|flowtable) /.test(line)) inSet = true
    else if (line === '}') inSet = false
    const rule = /^(.*) # handle (\d+)$/.exec(line)
    if (!rule || inSet || opened || /^chain \S+ \{/.test(line)) return
    const body = (rule[1] ?? '').replace(/ ?counter packets \d+ bytes \d+/, '').trim()
    found.set(`${table} ${rule[2]}`, { line: index + 1, text: body })
  })
  return found
}
