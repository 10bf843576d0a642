package org.clarion.training.align;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Losses over steps as a picture, and on a page with the figures of each stage. */
final class LossCurve {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 420;
  private static final int LEFT = 60;
  private static final int TOP = 20;
  private static final int BOTTOM = 40;
  private static final double SMOOTHING = 0.95;
  private static final Color[] COLOURS = {new Color(0x1F6FB5), new Color(0xC2571A), new Color(0x2C8C4A), new Color(
      0x8A4FA3)};

  private final List<LossLog.Row> rows;

  LossCurve(List<LossLog.Row> rows) {
    this.rows = rows;
  }

  /** Writes {@code loss.png} and {@code loss.html}. */
  void write(Path folder, String title) throws IOException {
    if (rows.isEmpty()) {
      return;
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(picture(), "png", png);
    Files.write(folder.resolve("loss.png"), png.toByteArray());
    Files.writeString(folder.resolve("loss.html"), page(title, png.toByteArray()));
  }

  private BufferedImage picture() {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
    double most = rows.stream().mapToDouble(LossLog.Row::loss).sorted().skip(rows.size() / 100 * 99L).findFirst()
        .orElse(1);
    axes(graphics, most);
    int from = 0;
    for (List<LossLog.Row> stage : stages()) {
      Color colour = COLOURS[stages().indexOf(stage) % COLOURS.length];
      graphics.setColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 70));
      graphics.setStroke(new BasicStroke(1));
      graphics.draw(curve(stage, from, most, 0));
      graphics.setColor(colour);
      graphics.setStroke(new BasicStroke(2));
      graphics.draw(curve(stage, from, most, SMOOTHING));
      graphics.drawString(stage.getFirst().stage(), (int) x(from) + 6, TOP + 12);
      from += stage.size();
    }
    graphics.dispose();
    return image;
  }

  private static void axes(Graphics2D graphics, double most) {
    for (int i = 0; i <= 4; i++) {
      double value = most * i / 4;
      graphics.setColor(new Color(0xDDDDDD));
      graphics.drawLine(LEFT, (int) y(value, most), WIDTH - 10, (int) y(value, most));
      graphics.setColor(Color.DARK_GRAY);
      graphics.drawString(String.format(Locale.ROOT, "%.3g", value), 8, (int) y(value, most) + 4);
    }
    graphics.drawString("step", WIDTH / 2, HEIGHT - 10);
  }

  private Path2D curve(List<LossLog.Row> stage, int from, double most, double smoothing) {
    Path2D curve = new Path2D.Double();
    double mean = stage.getFirst().loss();
    for (int i = 0; i < stage.size(); i++) {
      mean = smoothing * mean + (1 - smoothing) * stage.get(i).loss();
      double y = y(Math.min(mean, most), most);
      if (i == 0) {
        curve.moveTo(x(from), y);
      } else {
        curve.lineTo(x(from + i), y);
      }
    }
    return curve;
  }

  private double x(int index) {
    return LEFT + (double) (WIDTH - LEFT - 10) * index / Math.max(1, rows.size() - 1);
  }

  private static double y(double loss, double most) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * loss / most;
  }

  private List<List<LossLog.Row>> stages() {
    List<List<LossLog.Row>> stages = new ArrayList<>();
    for (LossLog.Row row : rows) {
      if (stages.isEmpty() || !stages.getLast().getFirst().stage().equals(row.stage())) {
        stages.add(new ArrayList<>());
      }
      stages.getLast().add(row);
    }
    return stages;
  }

  private String page(String title, byte[] png) {
    StringBuilder page = new StringBuilder("<!doctype html><meta charset=\"utf-8\"><title>" + title + "</title>"
        + "<style>body{font:15px sans-serif;margin:2em}td,th{padding:.2em 1em;text-align:right}</style><h1>" + title
        + "</h1><img alt=\"losses over steps\" src=\"data:image/png;base64,").append(Base64.getEncoder().encodeToString(
            png))
        .append("\"><table><tr><th>stage<th>steps<th>first loss<th>last loss<th>seconds<th>positions/s");
    for (List<LossLog.Row> stage : stages()) {
      int tail = Math.max(1, stage.size() / 20);
      double first = stage.stream().limit(tail).mapToDouble(LossLog.Row::loss).average().orElse(0);
      double last = stage.stream().skip(stage.size() - tail).mapToDouble(LossLog.Row::loss).average().orElse(0);
      double seconds = stage.stream().mapToDouble(LossLog.Row::seconds).sum();
      long positions = stage.stream().mapToLong(LossLog.Row::positions).sum();
      page.append(String.format(Locale.ROOT, "<tr><td>%s<td>%d<td>%.4f<td>%.4f<td>%.0f<td>%.0f", stage.getFirst()
          .stage(), stage.size(), first, last, seconds, positions / Math.max(seconds, 1e-9)));
    }
    return page.append("</table>\n").toString();
  }
}
