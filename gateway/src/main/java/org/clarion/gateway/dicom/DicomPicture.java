package org.clarion.gateway.dicom;

import java.util.Optional;
import java.util.Set;
import org.clarion.models.image.RgbImage;

/**
 * A file as a picture, and how it was read. Nothing in it says anything of the patient.
 *
 * @param rgb
 *          the first frame, full size, 8 bits; grey has three equal bytes
 * @param stored
 *          of the stored values, before any transform
 * @param modality
 *          kind of machine, such as CR or DX; empty where the file has no legal code
 * @param voi
 *          how values became grey; empty for colour
 * @param inverted
 *          whether 0 was white
 */
public record DicomPicture(RgbImage rgb, ImageHeader header, PixelStatistics stored, String modality,
    Optional<Voi> voi, boolean inverted, Set<Notice> notices) {}
