import { Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist';
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { type JSX, useEffect, useRef } from 'react';
import { personalUrl, sessionHeaders } from '../../api/client.ts';
import { useWords } from '../../i18n/language.ts';
import { ErrorState } from '../../ui/states.tsx';
import type { Path } from './place.ts';
import styles from './preview.module.css';
import { words } from './words.ts';

GlobalWorkerOptions.workerSrc = workerAddress;

interface PdfProps {
  readonly path: Path;
  readonly version: string;
}

/** Pages as pictures. Scripts, forms and links of a document do nothing: only what is painted is taken from it. */
export function PdfPages({ path, version }: PdfProps): JSX.Element {
  const w = useWords(words);
  const query = new URLSearchParams({ path: JSON.stringify(path), version });
  const opened = useQuery({
    queryKey: ['pdf', query.toString()],
    gcTime: 0,
    retry: false,
    queryFn: () =>
      getDocument({
        url: new URL(personalUrl(`/vaults/files/content?${query}`), location.origin),
        httpHeaders: { ...sessionHeaders() },
        isEvalSupported: false,
        enableXfa: false,
        useWasm: false,
        disableAutoFetch: true,
        disableStream: true,
      }).promise,
  });
  if (opened.isError) return <ErrorState error={opened.error} />;
  if (opened.data === undefined) return <Loader role="status" aria-label={w.loading} />;
  const { data } = opened;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <div className={styles['pages']} tabIndex={0}>
      {Array.from({ length: data.numPages }, (_, i) => i + 1).map((number) => (
        <PdfPage key={number} document={data} number={number} />
      ))}
    </div>
  );
}

/** Painted once it comes near. */
function PdfPage({ document, number }: { readonly document: PDFDocumentProxy; readonly number: number }): JSX.Element {
  const w = useWords(words);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting !== true) return;
        seen.disconnect();
        void paint(document, number, element);
      },
      { rootMargin: '600px' },
    );
    seen.observe(element);
    return () => seen.disconnect();
  }, [document, number]);
  // The height of a page that is not painted yet: else all would be near.
  return (
    <canvas ref={canvas} className={styles['page']} width={800} height={1130} role="img" aria-label={w.page(number)} />
  );
}

async function paint(document: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement): Promise<void> {
  const page = await document.getPage(number);
  const width = Math.min(1000, canvas.parentElement?.clientWidth ?? 800);
  const natural = page.getViewport({ scale: 1 });
  const viewport = page.getViewport({ scale: (width * Math.min(2, devicePixelRatio)) / natural.width });
  canvas.width = viewport.width;
  canvas.height = viewport.height;
  canvas.style.width = `${width}px`;
  await page.render({ canvas, viewport, annotationMode: 0 }).promise;
}
