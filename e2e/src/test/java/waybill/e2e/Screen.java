package waybill.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands on a terminal, wide enough, after these bytes: cursors that go up and down write over what was there. */
final class Screen {
    private static final Pattern TOKEN = Pattern.compile("\\x1b\\[([0-9;]*)([A-Za-z])|\\r|\\n|[^\\x1b\\r\\n]+");

    private final List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
    private int row;
    private int column;

    private Screen() {}

    /** Its lines, from the top. */
    static List<String> after(String session) {
        Screen screen = new Screen();
        Matcher token = TOKEN.matcher(session);
        while (token.find()) {
            screen.take(token);
        }
        return screen.rows.stream().map(StringBuilder::toString).toList();
    }

    private void take(Matcher token) {
        if (token.group(2) != null) {
            int count = token.group(1).isEmpty()
                    ? 1
                    : Integer.parseInt(token.group(1).split(";", -1)[0]);
            switch (token.group(2)) {
                case "A" -> row = Math.max(0, row - count);
                case "B" -> go(row + count);
                case "K" ->
                    rows.get(row).setLength(Math.min(column, rows.get(row).length()));
                default -> {
                    // colours and the like
                }
            }
        } else if (token.group().equals("\r")) {
            column = 0;
        } else if (token.group().equals("\n")) {
            go(row + 1);
        } else {
            write(token.group());
        }
    }

    private void go(int to) {
        while (rows.size() <= to) {
            rows.add(new StringBuilder());
        }
        row = to;
    }

    private void write(String text) {
        StringBuilder line = rows.get(row);
        while (line.length() < column) {
            line.append(' ');
        }
        line.replace(column, Math.min(line.length(), column + text.length()), text);
        column += text.length();
    }
}
