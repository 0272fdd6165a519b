import { Badge, Button, Stack, Text } from '@mantine/core';
import { IconLink, IconShare } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { OwnLink } from '#faces/api/contract/links.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { ShareDialog } from '../../sharing/share-dialog.tsx';
import { confirm } from '../../ui/dialogs.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { Chooser, type Chosen } from './chooser.tsx';
import { SharedEntry } from './shared-entry.tsx';
import { words } from './words.ts';

/** One page that lists all that somebody else can open, and ends it. */
export function SharedPage(): JSX.Element {
  const w = useWords(words);
  const [isChoosing, setChoosing] = useState(false);
  const [chosen, setChosen] = useState<Chosen>();
  const choose = (what: Chosen): void => {
    setChoosing(false);
    setChosen(what);
  };
  return (
    <Page
      title={w.title}
      lead={w.lead}
      actions={
        <Button leftSection={<IconShare size={18} />} onClick={() => setChoosing(true)}>
          {w.share}
        </Button>
      }
    >
      <Links />
      <Apps />
      {isChoosing && <Chooser onChoose={choose} onClose={() => setChoosing(false)} />}
      {chosen !== undefined && <ShareDialog vault="files" {...chosen} onClose={() => setChosen(undefined)} />}
    </Page>
  );
}

interface Ending {
  readonly path: string;
  readonly list: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

function useEnd(): (ending: Ending) => Promise<void> {
  const w = useWords(words);
  const queries = useQueryClient();
  return async ({ path, list, name, title, text }) => {
    if (!(await confirm({ title, text, action: w.end, isDangerous: true }))) return;
    try {
      await call('DELETE', path);
      toast(w.ended(name));
    } catch (error) {
      toastProblem(error);
    } finally {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey.includes(list) });
    }
  };
}

function Links(): JSX.Element {
  const w = useWords(words);
  const links = useApi<readonly OwnLink[]>('/links');
  return (
    <Section title={w.links} lead={w.linksLead}>
      <Loaded of={links}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState icon={IconLink} title={w.noLinks} text={w.noLinksText} />
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {all.map((link) => (
                <LinkEntry key={link.id} link={link} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

function LinkEntry({ link }: { readonly link: OwnLink }): JSX.Element {
  const w = useWords(words);
  const { dateTime } = useFormats();
  const end = useEnd();
  return (
    <SharedEntry
      name={link.title}
      where={whereText(link, w)}
      facts={
        <>
          {link.isOver && (
            <Badge tt="none" color="gray">
              {w.over}
            </Badge>
          )}
          {link.right === 'receive' && (
            <Badge tt="none" variant="light">
              {w.receives}
            </Badge>
          )}
          {link.hasPassword && (
            <Badge tt="none" variant="light">
              {w.password}
            </Badge>
          )}
          <Text size="sm" c="dimmed">
            {link.endsMs === null ? w.noEnd : w.ends(dateTime(link.endsMs))}
          </Text>
        </>
      }
      lastUse={link.lastUse}
      onEnd={() =>
        end({
          path: `/links/${link.id}`,
          list: '/links',
          name: link.title,
          title: w.endLinkTitle(link.title),
          text: w.endLinkText,
        })
      }
    />
  );
}

function whereText({ vault, path }: OwnLink, w: (typeof words)['en']): string {
  if (path !== null) return w.path(w.vaults[vault] ?? vault, path);
  return vault === 'documents' ? w.hidden : w.notThere;
}

interface App {
  readonly id: string;
  readonly label: string;
  readonly lastUse: OwnLink['lastUse'];
  readonly vaults: readonly string[];
}

function Apps(): JSX.Element {
  const w = useWords(words);
  const apps = useApi<readonly App[]>('/app-passwords');
  const end = useEnd();
  return (
    <Section title={w.apps} lead={w.appsLead}>
      <Loaded of={apps}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">{w.noApps}</Text>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {all.map((app) => (
                <SharedEntry
                  key={app.id}
                  name={app.label}
                  where={app.vaults.map((vault) => w.vaults[vault] ?? vault).join(', ')}
                  lastUse={app.lastUse}
                  onEnd={() =>
                    end({
                      path: `/app-passwords/${app.id}`,
                      list: '/app-passwords',
                      name: app.label,
                      title: w.endAppTitle(app.label),
                      text: w.endAppText,
                    })
                  }
                />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}
