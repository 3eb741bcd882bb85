/** Copies a text and says that it did. */
import { useSignal } from '@preact/signals';

interface CopyProps {
  text: string;
  label: string;
  testid: string;
}

export function Copy({ text, label, testid }: CopyProps) {
  const said = useSignal('');
  const copy = async () => {
    said.value = (await written(text)) ? 'Copied' : 'Select the text and copy it';
  };
  return (
    <span class="copy">
      <button type="button" data-testid={testid} onClick={() => void copy()}>
        {label}
      </button>
      <span role="status">{said.value}</span>
    </span>
  );
}

async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
