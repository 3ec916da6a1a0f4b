package warehouse;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.SupportsTruncate;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/** Collects the rows that tasks write and hands them to the table at once, when all are done. */
class MemoryWrite implements Write, BatchWrite {

  private final Consumer<List<InternalRow>> commit;

  private MemoryWrite(Consumer<List<InternalRow>> commit) {
    this.commit = commit;
  }

  /** A write that ends in `append`, or in `replace` where the statement says OVERWRITE. */
  static WriteBuilder builder(
      Consumer<List<InternalRow>> append, Consumer<List<InternalRow>> replace) {
    class Builder implements WriteBuilder, SupportsTruncate {
      private Consumer<List<InternalRow>> commit = append;

      @Override
      public WriteBuilder truncate() {
        commit = replace;
        return this;
      }

      @Override
      public Write build() {
        return new MemoryWrite(commit);
      }
    }
    return new Builder();
  }

  @Override
  public BatchWrite toBatch() {
    return this;
  }

  @Override
  public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
    return new WriterFactory();
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    List<InternalRow> rows = new ArrayList<>();
    for (WriterCommitMessage message : messages) {
      rows.addAll(((Written) message).rows());
    }
    commit.accept(rows);
  }

  @Override
  public void abort(WriterCommitMessage[] messages) {}

  private record Written(ArrayList<InternalRow> rows) implements WriterCommitMessage {}

  private static class WriterFactory implements DataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partition, long task) {
      ArrayList<InternalRow> rows = new ArrayList<>();
      return new DataWriter<>() {
        @Override
        public void write(InternalRow row) {
          rows.add(row.copy());
        }

        @Override
        public WriterCommitMessage commit() {
          return new Written(rows);
        }

        @Override
        public void abort() {}

        @Override
        public void close() {}
      };
    }
  }
}
