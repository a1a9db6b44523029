/** How much of something is done. */
export const Progress = ({ label, value, max }: { label: string; value: number; max: number }) => (
  <progress
    aria-label={label}
    value={value}
    max={max}
    className="h-1.5 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
  />
)
