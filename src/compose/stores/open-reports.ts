import type { ReportStore } from '../../core/ports/maintenance/report-store.ts';
import { FsReportStore } from '../../stores/local/fs-report-store.ts';
import { layoutOf } from '../../stores/local/layout.ts';

export const openReports = (root: string): ReportStore => new FsReportStore(layoutOf(root));
