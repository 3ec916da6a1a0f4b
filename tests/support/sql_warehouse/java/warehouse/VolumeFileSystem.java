package warehouse;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Unity Catalog's volumes, for reading: `dbfs:/Volumes/…` is a folder of this machine, that of the
 * setting `warehouse.volumes`. So `_metadata.file_path` is what it is on Databricks.
 */
public class VolumeFileSystem extends FileSystem {

  private static final URI ROOT = URI.create("dbfs:///");
  private static final String VOLUMES = "/Volumes";

  private final RawLocalFileSystem local = new RawLocalFileSystem();
  private String folder;

  @Override
  public void initialize(URI uri, Configuration configuration) throws IOException {
    super.initialize(uri, configuration);
    setConf(configuration);
    local.initialize(URI.create("file:///"), configuration);
    folder = configuration.get("warehouse.volumes");
  }

  @Override
  public String getScheme() {
    return ROOT.getScheme();
  }

  @Override
  public URI getUri() {
    return ROOT;
  }

  private Path localPath(Path path) throws FileNotFoundException {
    String name = path.toUri().getPath();
    if (!name.startsWith(VOLUMES + "/") || name.contains("/../")) {
      throw new FileNotFoundException(path + " is in no volume");
    }
    return new Path(new File(folder + name.substring(VOLUMES.length())).toURI());
  }

  private FileStatus renamed(FileStatus status, Path path) {
    return new FileStatus(
        status.getLen(),
        status.isDirectory(),
        1,
        status.getBlockSize(),
        status.getModificationTime(),
        path.makeQualified(ROOT, getWorkingDirectory()));
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return local.open(localPath(path), bufferSize);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return renamed(local.getFileStatus(localPath(path)), path);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus[] found = local.listStatus(localPath(path));
    for (int i = 0; i < found.length; i++) {
      Path name = path;
      if (getFileStatus(path).isDirectory()) {
        name = new Path(path, found[i].getPath().getName());
      }
      found[i] = renamed(found[i], name);
    }
    return found;
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(ROOT);
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("volumes are only read here");
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress) {
    throw readOnly();
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress) {
    throw readOnly();
  }

  @Override
  public boolean rename(Path from, Path to) {
    throw readOnly();
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    throw readOnly();
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    throw readOnly();
  }
}
