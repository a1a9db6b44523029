// Paths of an SVG, 24 by 24.

export const bubbleIcon =
  'M12 3C6.9 3 3 6.6 3 11c0 2.3 1.1 4.4 2.9 5.8V21l4-2.2c.7.1 1.4.2 2.1.2 5.1 0 9-3.6 9-8s-3.9-8-9-8z'
export const downIcon = 'M6 9l6 6 6-6'
export const closeIcon = 'M6 6l12 12M18 6L6 18'
export const fileIcon = 'M12 4v11M7 11l5 5 5-5M5 20h14'
export const sendIcon = 'M4 12l16-8-5 16-3.5-6.5z'
