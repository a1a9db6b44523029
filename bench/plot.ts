/** A point of a line: what a kind of read took in an inbox of so many messages. */
export interface Series {
  name: string
  workspaces: number
  messages: number
  milliseconds: number
}

const [width, height] = [720, 380]
const [left, right, top, bottom] = [60, 190, 30, 50]
const colours = ['#2563eb', '#059669', '#d97706', '#9333ea']

/** Median time of a read by the number of messages, as an SVG: a line for each kind, dashed for many workspaces. */
export const growthPlot = (points: Series[]): string => {
  const sizes = [...new Set(points.map(({ messages }) => messages))].sort((a, b) => a - b)
  const most = Math.ceil(Math.max(...points.map(({ milliseconds }) => milliseconds)))
  const x = (messages: number) => left + (sizes.indexOf(messages) / (sizes.length - 1)) * (width - left - right)
  const y = (milliseconds: number) => height - bottom - (milliseconds / most) * (height - top - bottom)
  const names = [...new Set(points.map(({ name }) => name))]
  const lines = names.flatMap((name, i) =>
    [1, 100].map((workspaces) => {
      const own = points.filter((point) => point.name === name && point.workspaces === workspaces)
      const path = own.map(({ messages, milliseconds }) => `${x(messages)},${y(milliseconds).toFixed(1)}`).join(' ')
      const dash = workspaces === 1 ? '' : ' stroke-dasharray="6 4"'
      return `<polyline points="${path}" fill="none" stroke="${colours[i]}" stroke-width="2"${dash}/>`
    }),
  )
  const ticks = Array.from({ length: 5 }, (_, i) => (most * i) / 4)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${left}" y="18">Median milliseconds of a read over HTTP, by messages in the database</text>`,
    ...ticks.map(
      (tick) =>
        `<path d="M${left} ${y(tick)}H${width - right}" stroke="#ddd"/><text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick.toFixed(2)}</text>`,
    ),
    ...sizes.map(
      (size) =>
        `<text x="${x(size)}" y="${height - bottom + 20}" text-anchor="middle">${size.toLocaleString('en')}</text>`,
    ),
    ...lines,
    ...names.map(
      (name, i) => `<text x="${width - right + 12}" y="${top + 20 + i * 20}" fill="${colours[i]}">${name}</text>`,
    ),
    `<text x="${width - right + 12}" y="${top + 120}">solid: one workspace</text>`,
    `<text x="${width - right + 12}" y="${top + 138}">dashed: 100 workspaces</text>`,
    '</svg>\n',
  ].join('\n')
}
