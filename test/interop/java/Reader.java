// Reads Parquet files as programs on the Java implementation do (Spark, Hive, Trino's ancestors), and prints what it found.
// Run as `java -cp 'lib/*' Reader.java COMMANDS`: a file of lines `path` or `path TAB column TAB low TAB high`, the latter
// a filter on an integer column that may use statistics and page indexes. For each line it prints `# path`, a line
// `: type` per column, a line `- cells` per row, and `! message` where reading failed.

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

public final class Reader {
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] command = line.split("\t");
      out.println("# " + command[0]);
      try {
        read(command, out);
      } catch (Exception | LinkageError error) {
        out.println("! " + String.valueOf(error).replace('\n', ' '));
      }
    }
    out.flush();
  }

  private static void read(String[] command, PrintStream out) throws Exception {
    LocalInputFile file = new LocalInputFile(Path.of(command[0]));
    FilterCompat.Filter filter = command.length == 1 ? FilterCompat.NOOP : FilterCompat.get(between(file, command));
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration()).withRecordFilter(filter).useColumnIndexFilter(true).build();
    try (ParquetFileReader reader = ParquetFileReader.open(file, options)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      for (Type field : schema.getFields()) out.println(": " + field);
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
      for (PageReadStore pages; (pages = reader.readNextFilteredRowGroup()) != null; ) {
        RecordReader<Group> records = columns.getRecordReader(pages, new GroupRecordConverter(schema), filter);
        for (long row = 0; row < pages.getRowCount(); row++) {
          Group record = records.read();
          if (!records.shouldSkipCurrentRecord() && record != null) out.println("- " + cells(record, schema));
        }
      }
    }
  }

  private static FilterPredicate between(LocalInputFile file, String[] command) throws Exception {
    String column = command[1];
    PrimitiveTypeName type;
    try (ParquetFileReader reader = ParquetFileReader.open(file)) {
      type = reader.getFileMetaData().getSchema().getType(column).asPrimitiveType().getPrimitiveTypeName();
    }
    if (type == PrimitiveTypeName.INT32) {
      var values = FilterApi.intColumn(column);
      return FilterApi.and(
          FilterApi.gtEq(values, Integer.valueOf(command[2])), FilterApi.ltEq(values, Integer.valueOf(command[3])));
    }
    var values = FilterApi.longColumn(column);
    return FilterApi.and(FilterApi.gtEq(values, Long.valueOf(command[2])), FilterApi.ltEq(values, Long.valueOf(command[3])));
  }

  /** Doubles as their bits and text as its bytes, so that nothing is lost in print. */
  private static String cells(Group record, MessageType schema) {
    StringBuilder line = new StringBuilder();
    for (int at = 0; at < schema.getFieldCount(); at++) {
      if (at > 0) line.append(' ');
      if (record.getFieldRepetitionCount(at) == 0) {
        line.append("null");
        continue;
      }
      switch (schema.getType(at).asPrimitiveType().getPrimitiveTypeName()) {
        case BOOLEAN:
          line.append(record.getBoolean(at, 0));
          break;
        case INT32:
          line.append(record.getInteger(at, 0));
          break;
        case INT64:
          line.append(record.getLong(at, 0));
          break;
        case DOUBLE:
          line.append(Long.toHexString(Double.doubleToLongBits(record.getDouble(at, 0))));
          break;
        case BINARY:
          line.append('x');
          for (byte one : record.getBinary(at, 0).getBytes()) line.append(Character.forDigit((one >> 4) & 15, 16)).append(Character.forDigit(one & 15, 16));
          break;
        default:
          throw new IllegalStateException("No column of ours is stored as " + schema.getType(at));
      }
    }
    return line.toString();
  }
}
