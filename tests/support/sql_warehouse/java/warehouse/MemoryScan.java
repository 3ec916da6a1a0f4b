package warehouse;

import java.lang.ref.WeakReference;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.StructType;

/**
 * Reads rows of memory, as one partition: what is small is soonest done in one task. The task runs in
 * this very process and finds the rows by a number, so that none of them is serialized.
 */
class MemoryScan implements Scan, Batch {

  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Map<Long, WeakReference<MemoryScan>> SCANS = new ConcurrentHashMap<>();

  private final StructType schema;
  private final List<InternalRow> rows;
  private final long number = NUMBERS.incrementAndGet();

  MemoryScan(StructType schema, List<InternalRow> rows) {
    this.schema = schema;
    this.rows = rows;
    SCANS.put(number, new WeakReference<>(this));
    SCANS.values().removeIf(scan -> scan.refersTo(null));
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return new InputPartition[] {new AllRows(number)};
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new ReaderFactory();
  }

  private record AllRows(long scan) implements InputPartition {}

  private static class ReaderFactory implements PartitionReaderFactory {
    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      MemoryScan scan = SCANS.get(((AllRows) partition).scan()).get();
      Iterator<InternalRow> rows = scan.rows.iterator();
      return new PartitionReader<>() {
        private InternalRow row;

        @Override
        public boolean next() {
          row = rows.hasNext() ? rows.next() : null;
          return row != null;
        }

        @Override
        public InternalRow get() {
          return row;
        }

        @Override
        public void close() {}
      };
    }
  }
}
