/** A temporary project with the packed tarball installed. */
export interface Project {
  folder: string;
  tarball: string;
  /** What the tarball holds, as paths inside the package. */
  files: string[];
  remove(): void;
}
export function install(): Project;
export function installWithCases(): Project;
