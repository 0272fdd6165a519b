import { Typography } from '@mantine/core';
import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { type JSX, useMemo } from 'react';
import styles from './preview.module.css';

/** What a text may become: nothing that loads, runs, or looks like a part of the application. */
const clean = {
  ALLOWED_TAGS: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code'],
    ...['strong', 'em', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'align', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_TRUSTED_TYPE: true,
} as const;

/** HTML inside a text, and pictures from elsewhere, are left out before anything looks at them as HTML. */
const reader = new Marked({ gfm: true, renderer: { html: () => '', image: () => '' } });

export function MarkdownText({ text }: { readonly text: string }): JSX.Element {
  const html = useMemo(() => {
    const made = reader.parse(text, { async: false });
    return DOMPurify.sanitize(made, {
      ...clean,
      ALLOWED_TAGS: [...clean.ALLOWED_TAGS],
      ALLOWED_ATTR: [...clean.ALLOWED_ATTR],
    });
  }, [text]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <div className={`${styles['text']} ${styles['markdown']}`} tabIndex={0}>
      <Typography>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned just above; the policy lets nothing else through */}
        <div dangerouslySetInnerHTML={{ __html: html as unknown as string }} />
      </Typography>
    </div>
  );
}
