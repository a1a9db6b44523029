/** Something is under way; words beside it say what. */
export const Spinner = () => (
  <span
    aria-hidden="true"
    className="size-3.5 shrink-0 animate-spin rounded-full border-2 border-current border-e-transparent"
  />
)
