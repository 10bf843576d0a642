package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Zone;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Curve;
import org.clarion.training.phantom.raster.Smooth;

/**
 * The outlines of one chest seen from the front, in units of the film's height. {@code u} is 0 in the midline and grows
 * towards the patient's left (the film's right), {@code v} grows downwards from 0 at the top of the film. {@code away}
 * is the distance from the midline to either side.
 */
final class Thorax {
  /** Where lungs end in the midline, and how steeply domes fall to both sides. */
  private static final double DOME_AT = 0.19;
  private static final double STEEP_OUT = 3.4;
  private static final double STEEP_IN = 1.6;

  final double apex;
  final double domeRight;
  final double domeLeft;
  /** Greatest distance of the inner chest wall from the midline. */
  final double width;
  /** The heart's reach to the patient's right and left. */
  final double heartRight;
  final double heartLeft;
  /** How far what lies in front is shifted against the spine by a turned patient. */
  final double turn;
  /** How far the mediastinum is pushed over to the patient's left. */
  final double shift;

  private final Curve wall;
  private final Curve body;
  private final Curve rightBorder;
  private final Curve leftBorder;

  /**
   * A chest.
   *
   * @param heartShare
   *          width of the heart over inner width of the chest
   * @param breath
   *          0 for a shallow breath, 1 for a deep one
   */
  Thorax(Chance chance, double heartShare, double breath, double shift) {
    this.shift = shift;
    turn = chance.between(-0.012, 0.012);
    width = chance.between(0.36, 0.392);
    apex = chance.between(0.1, 0.13);
    domeRight = Smooth.mix(0.62, 0.7, breath) + chance.between(-0.01, 0.01);
    domeLeft = domeRight + chance.between(0.012, 0.035);
    double heart = heartShare * 2 * width;
    heartRight = heart * chance.between(0.27, 0.32);
    heartLeft = heart - heartRight;
    double base = 0.86;
    double rise = base - apex;
    wall = Curve.through(apex, 0.02, apex + 0.01, width * 0.24, apex + 0.04, width * 0.44, apex + 0.1, width * 0.67,
        apex + 0.2, width * 0.82, apex + 0.36, width * 0.93, apex + 0.52, width * 0.985, apex + rise, width);
    double neck = chance.between(0.1, 0.13);
    double flank = width + chance.between(0.045, 0.12);
    body = Curve.through(0, neck, 0.04, neck + 0.02, 0.09, neck + 0.12, 0.13, 0.36, 0.18, 0.47, 0.24, 0.53, 0.36,
        flank + 0.03, 0.5, flank, 0.75, flank, 1, flank + 0.02);
    double knob = chance.between(0.075, 0.092);
    double heartTop = Math.min(domeRight, domeLeft) - 0.24;
    rightBorder = Curve.through(0, 0.05, 0.2, 0.046, 0.3, 0.05, heartTop, 0.055, heartTop + 0.07, heartRight * 0.86,
        heartTop + 0.15, heartRight, domeRight + 0.03, heartRight * 0.86, domeRight + 0.1, heartRight * 0.6);
    leftBorder = Curve.through(0, 0.05, 0.22, 0.05, 0.27, knob * 0.9, 0.3, knob, 0.335, knob * 0.86, heartTop - 0.02,
        0.072, heartTop + 0.04, Math.max(0.09, heartLeft * 0.55), heartTop + 0.12, heartLeft * 0.83, heartTop + 0.2,
        heartLeft * 0.985, heartTop + 0.24, heartLeft, heartTop + 0.29, heartLeft * 0.93, heartTop + 0.36,
        heartLeft * 0.6);
  }

  /** The side of a point. */
  static Side side(double u) {
    return u < 0 ? Side.RIGHT : Side.LEFT;
  }

  /** -1 for the patient's right, 1 for the left. */
  static int sign(Side side) {
    return side == Side.RIGHT ? -1 : 1;
  }

  /** Distance of the inner chest wall from the midline at a height. */
  double wall(double v) {
    return wall.at(v);
  }

  /** Distance of the skin from the midline at a height. */
  double body(double v) {
    return body.at(v);
  }

  /** Height of the diaphragm. */
  double diaphragm(Side side, double away) {
    double out = away - DOME_AT;
    double top = side == Side.RIGHT ? domeRight : domeLeft;
    return top + (out > 0 ? STEEP_OUT : STEEP_IN) * out * out;
  }

  /** The lowest point of a lung: where diaphragm and chest wall meet. */
  double angle(Side side) {
    return diaphragm(side, width);
  }

  /** Distance inside the outline of heart and great vessels; below 0 outside. */
  double mediastinum(double u, double v) {
    double middle = u - turn - shift;
    return middle < 0 ? rightBorder.at(v) + middle : leftBorder.at(v) - middle;
  }

  /** Distance inside the outline of a lung; below 0 outside. */
  double lung(double u, double v) {
    double away = Math.abs(u);
    double across = Math.min(wall.at(v) - away, away - 0.035);
    return Math.min(Math.min(across, diaphragm(side(u), away) - v), (v - apex) * 2);
  }

  /** Height of the middle of a third of the lung. */
  double middle(Side side, Zone zone) {
    double bottom = side == Side.RIGHT ? domeRight : domeLeft;
    double share = switch (zone) {
      case UPPER -> 0.22;
      case MIDDLE, NONE -> 0.53;
      case LOWER -> 0.85;
    };
    return Smooth.mix(apex, bottom, share);
  }
}
