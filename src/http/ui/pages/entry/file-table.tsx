import { filePath, type Entry, type EntryFile } from '../../data/entries.ts';
import { withParams } from '../../app/place.ts';
import { bytes, shortHash } from '../../format/format.ts';
import { Download } from './download.tsx';
import { Short } from '../../parts/copy.tsx';
import { Table } from '../../parts/table.tsx';

const columns = [
  { name: 'File', kind: 'grow' },
  { name: 'Type', kind: 'wide' },
  { name: 'SHA-256', kind: 'wide' },
  { name: 'Size', kind: 'number' },
  { name: '', kind: 'fit' },
] as const;

export function FileTable({ entry, shown }: { entry: Entry; shown: EntryFile | undefined }) {
  return (
    <Table caption="Files of the entry" columns={columns}>
      {entry.files.map((file) => (
        <tr key={file.path} class={file === shown ? 'chosen' : ''}>
          <th scope="row" class="grow">
            {file.link === null ? (
              <a
                href={withParams({ file: file.artifact ? '' : file.path })}
                aria-current={file === shown ? 'true' : undefined}
              >
                {file.path}
              </a>
            ) : (
              <>
                {file.path} <span class="quiet">→ {file.link}</span>
              </>
            )}
            {file.artifact && <span class="tag">artifact</span>}
          </th>
          <td class="wide">{file.content_type ?? '–'}</td>
          <td class="wide">
            {file.sha256 === null ? (
              '–'
            ) : (
              <Short whole={file.sha256} shown={shortHash(file.sha256)} />
            )}
          </td>
          <td class="number">{file.size === null ? '–' : bytes(file.size)}</td>
          <td class="fit">
            {file.link === null && <Download path={filePath(entry, file.path)} name={file.path} />}
          </td>
        </tr>
      ))}
    </Table>
  );
}
