const luminanceOf = (color: string): number => {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** White or black, whichever is read more easily on a color like #1f6650 (WCAG 2.2, contrast ratio): at least 4.5 on any. */
export const onColor = (color: string): string => (luminanceOf(color) > 0.179 ? '#000000' : '#ffffff')
