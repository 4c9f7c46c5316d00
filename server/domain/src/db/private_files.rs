//! Files and folders that nobody else on the machine may read: the database and the master key.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The data folder's own files. A folder that holds nothing else is ours, and closed to others.
const OURS: [&str; 4] = ["gatepass.sqlite", "demo.sqlite", "master.key", "mail"];

fn file_error(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), source }
}

/// Makes the data folder for its owner alone. One that is there and holds nothing but our files is closed to others;
/// any other folder stays as it is.
///
/// # Errors
/// When it cannot be made or read.
pub fn make_folder(folder: &Path) -> Result<()> {
    let failed = |source| file_error(folder, source);
    if !folder.try_exists().map_err(failed)? {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        return builder.create(folder).map_err(failed);
    }
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        let base = name.strip_suffix("-wal").or_else(|| name.strip_suffix("-shm")).unwrap_or(&name);
        if !OURS.contains(&base) {
            return Ok(());
        }
    }
    close_to_others(folder)
}

/// Makes an empty database file if there is none, and closes it and the files beside it to others. SQLite gives those
/// the permissions of the database.
///
/// # Errors
/// When it cannot be made, or others can read it and that cannot be changed.
pub fn prepare_database(file: &Path) -> Result<()> {
    match new_private(file) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(file_error(file, error)),
    }
    for path in [file.to_owned(), beside(file, "-wal"), beside(file, "-shm")] {
        if path.try_exists().map_err(|source| file_error(&path, source))? {
            close_to_others(&path)?;
        }
    }
    Ok(())
}

/// The path of a file that SQLite keeps beside a database.
pub fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a new file that only its owner may read and write.
///
/// # Errors
/// When there is one already, or it cannot be made.
pub fn new_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes the permissions of everybody but the owner away.
///
/// # Errors
/// When others can read the file and that cannot be changed. A file of another owner that only a group can read stays:
/// whoever manages secrets for a service gives it the group for that.
#[cfg(unix)]
pub fn close_to_others(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path).map_err(|source| file_error(path, source))?.permissions();
    let mode = permissions.mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(mode & !0o077);
    match std::fs::set_permissions(path, permissions) {
        Ok(()) => {
            tracing::warn!(path = %path.display(), "others on this machine could read this; now they cannot");
            Ok(())
        }
        Err(_) if mode & 0o007 == 0 => Ok(()),
        Err(error) => Err(Error::Setup(format!(
            "{} can be read by others on this machine, and that cannot be changed ({error}); give it mode 0600",
            path.display()
        ))),
    }
}

#[cfg(not(unix))]
#[expect(missing_docs, clippy::missing_const_for_fn, clippy::unnecessary_wraps, reason = "as on Unix")]
pub fn close_to_others(_: &Path) -> Result<()> {
    Ok(())
}
