/** What is wrong, and what to do. */
export function Problem({ message, remedy }: { message: string; remedy: string }) {
  return (
    <div class="problem" role="alert" data-testid="problem">
      <p class="problem-what">{message}</p>
      {remedy !== '' && <p>{remedy}</p>}
    </div>
  );
}
