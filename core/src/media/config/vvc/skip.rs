//! What a sequence parameter set says between the size of its pictures and their timing (H.266 §7.3.2.4, §7.3.5,
//! §7.3.10): read because it has no length, and for nothing else.

#![deny(clippy::arithmetic_side_effects)]

use crate::media::config::bits::BitReader;
use crate::media::config::vui::at_most;
use crate::media::config::{ChromaFormat, ConfigError};
use crate::wire::Truncated;

/// The most sub-pictures of a picture: the slices of an access unit at level 6.3.
const MAX_SUB_PICTURES: u32 = 1000;
/// The most pictures in a list: those that a buffer holds, and 13 (H.266 §7.4.11).
const MAX_REFERENCES: u32 = 29;

/// What the syntax of the coding tools depends on.
pub(super) struct Context {
    pub(super) chroma: ChromaFormat,
    pub(super) log2_ctu_size: u32,
    /// `sps_video_parameter_set_id` is not 0.
    pub(super) has_vps: bool,
    pub(super) log2_max_poc_lsb: u32,
}

fn ues(r: &mut BitReader<'_>, count: u32) -> Result<(), Truncated> {
    (0..count).try_for_each(|_| r.ue().map(drop))
}

/// From `sps_num_subpics_minus1` to `sps_subpic_id`.
pub(super) fn sub_pictures(
    r: &mut BitReader<'_>,
    width: u32,
    height: u32,
    log2_ctu_size: u32,
) -> Result<(), ConfigError> {
    // Places and sizes count coding tree units, in as few bits as they need.
    let bits = |side: u32| {
        let units = side.saturating_sub(1) >> log2_ctu_size;
        u32::BITS.saturating_sub(units.leading_zeros())
    };
    let (bits_x, bits_y) = (bits(width), bits(height));
    let last = at_most("sps_num_subpics_minus1", r.ue()?, MAX_SUB_PICTURES)?;
    if last > 0 {
        let independent = r.flag()?;
        let same_size = r.flag()?;
        for index in 0..=last {
            if !same_size || index == 0 {
                if index > 0 {
                    r.skip(bits_x)?; // sps_subpic_ctu_top_left_x
                    r.skip(bits_y)?; // sps_subpic_ctu_top_left_y
                }
                if index < last {
                    r.skip(bits_x)?; // sps_subpic_width_minus1
                    r.skip(bits_y)?; // sps_subpic_height_minus1
                }
            }
            if !independent {
                r.skip(2)?; // sps_subpic_treated_as_pic_flag, sps_loop_filter_across_subpic_enabled_flag
            }
        }
    }
    let id_bits = at_most("sps_subpic_id_len_minus1", r.ue()?, 15)?.saturating_add(1);
    // sps_subpic_id_mapping_explicitly_signalled_flag, sps_subpic_id_mapping_present_flag
    if r.flag()? && r.flag()? {
        for _ in 0..=last {
            r.skip(id_bits)?;
        }
    }
    Ok(())
}

/// From `sps_entropy_coding_sync_enabled_flag` to `sps_extra_sh_bit_present_flag`. Returns the bits of
/// `MaxPicOrderCntLsb`.
pub(super) fn picture_headers(r: &mut BitReader<'_>) -> Result<u32, Truncated> {
    r.skip(2)?; // sps_entropy_coding_sync_enabled_flag, sps_entry_point_offsets_present_flag
    let log2_max_poc_lsb = r.u(4)?.saturating_add(4);
    if r.flag()? {
        r.ue()?; // sps_poc_msb_cycle_len_minus1
    }
    // Extra bytes of picture headers, then of slice headers: a bit for each of their bits.
    for _ in 0..2 {
        let bytes = r.u(2)?;
        r.skip(bytes.saturating_mul(8))?;
    }
    Ok(log2_max_poc_lsb)
}

/// `sps_sublayer_dpb_params_flag` and `dpb_parameters()`.
pub(super) fn decoded_picture_buffer(r: &mut BitReader<'_>, sub_layers_minus1: u8) -> Result<(), Truncated> {
    let all = sub_layers_minus1 > 0 && r.flag()?;
    let told = if all {
        u32::from(sub_layers_minus1).saturating_add(1)
    } else {
        1
    };
    ues(r, told.saturating_mul(3))
}

/// From `sps_log2_min_luma_coding_block_size_minus2` to the virtual boundaries.
pub(super) fn coding_tools(r: &mut BitReader<'_>, context: &Context) -> Result<(), ConfigError> {
    partitions(r, context.chroma)?;
    let has_chroma = context.chroma != ChromaFormat::Monochrome;
    // sps_max_luma_transform_size_64_flag
    let transform_64 = context.log2_ctu_size > 5 && r.flag()?;
    let transform_skip = r.flag()?;
    if transform_skip {
        r.ue()?; // sps_log2_transform_skip_max_size_minus2
        r.flag()?; // sps_bdpcm_enabled_flag
    }
    if r.flag()? {
        r.skip(2)?; // sps_explicit_mts_intra_enabled_flag, _inter_
    }
    let lfnst = r.flag()?;
    if has_chroma {
        quantizers(r)?;
    }
    r.flag()?; // sps_sao_enabled_flag
    if r.flag()? && has_chroma {
        r.flag()?; // sps_ccalf_enabled_flag
    }
    r.flag()?; // sps_lmcs_enabled_flag
    reference_lists(r, context)?;
    r.flag()?; // sps_ref_wraparound_enabled_flag
    inter_prediction(r)?;
    let act = intra_prediction(r, context.chroma, transform_64, transform_skip)?;
    if r.flag()? {
        // sps_ladf_enabled_flag
        let intervals = r.u(2)?.saturating_add(1);
        r.se()?; // sps_ladf_lowest_interval_qp_offset
        for _ in 0..intervals {
            r.se()?; // sps_ladf_qp_offset
            r.ue()?; // sps_ladf_delta_threshold_minus1
        }
    }
    // sps_explicit_scaling_list_enabled_flag
    if r.flag()? {
        if lfnst {
            r.flag()?; // sps_scaling_matrix_for_lfnst_disabled_flag
        }
        // sps_scaling_matrix_for_alternative_colour_space_disabled_flag
        if act && r.flag()? {
            r.flag()?; // sps_scaling_matrix_designated_colour_space_flag
        }
    }
    r.skip(2)?; // sps_dep_quant_enabled_flag, sps_sign_data_hiding_enabled_flag
    // sps_virtual_boundaries_enabled_flag, sps_virtual_boundaries_present_flag
    if r.flag()? && r.flag()? {
        for field in ["sps_num_ver_virtual_boundaries", "sps_num_hor_virtual_boundaries"] {
            let boundaries = at_most(field, r.ue()?, 3)?;
            ues(r, boundaries)?;
        }
    }
    Ok(())
}

/// How blocks are divided: from `sps_log2_min_luma_coding_block_size_minus2` to the trees of inter slices.
fn partitions(r: &mut BitReader<'_>, chroma: ChromaFormat) -> Result<(), Truncated> {
    /// A smallest quad tree, the depth below it, and two limits if there is one.
    fn tree(r: &mut BitReader<'_>) -> Result<(), Truncated> {
        r.ue()?; // sps_log2_diff_min_qt_min_cb
        if r.ue()? != 0 {
            ues(r, 2)?; // sps_log2_diff_max_bt_min_qt, _max_tt_min_qt
        }
        Ok(())
    }
    r.ue()?; // sps_log2_min_luma_coding_block_size_minus2
    r.flag()?; // sps_partition_constraints_override_enabled_flag
    tree(r)?; // luma of intra slices
    // sps_qtbtt_dual_tree_intra_flag
    if chroma != ChromaFormat::Monochrome && r.flag()? {
        tree(r)?; // chroma of intra slices
    }
    tree(r) // inter slices
}

/// `sps_joint_cbcr_enabled_flag` and the tables of quantizers of chroma.
fn quantizers(r: &mut BitReader<'_>) -> Result<(), ConfigError> {
    let joint = r.flag()?;
    let same = r.flag()?;
    let tables = match (same, joint) {
        (true, _) => 1,
        (false, false) => 2,
        (false, true) => 3,
    };
    for _ in 0..tables {
        r.se()?; // sps_qp_table_start_minus26
        // A table maps the 64 quantizers and, with 16 bits, 48 below.
        let last = at_most("sps_num_points_in_qp_table_minus1", r.ue()?, 111)?;
        for _ in 0..=last {
            ues(r, 2)?; // sps_delta_qp_in_val_minus1, sps_delta_qp_diff_val
        }
    }
    Ok(())
}

/// From `sps_weighted_pred_flag` to the lists of reference pictures.
fn reference_lists(r: &mut BitReader<'_>, context: &Context) -> Result<(), ConfigError> {
    let (pred, bipred) = (r.flag()?, r.flag()?);
    let list = ReferenceList {
        weighted: pred || bipred,
        long_term: r.flag()?,
        inter_layer: context.has_vps && r.flag()?,
        log2_max_poc_lsb: context.log2_max_poc_lsb,
    };
    r.flag()?; // sps_idr_rpl_present_flag
    // sps_rpl1_same_as_rpl0_flag
    let directions = if r.flag()? { 1 } else { 2 };
    for _ in 0..directions {
        for _ in 0..at_most("sps_num_ref_pic_lists", r.ue()?, 64)? {
            list.skip(r)?;
        }
    }
    Ok(())
}

/// What `ref_pic_list_struct()` depends on.
struct ReferenceList {
    weighted: bool,
    long_term: bool,
    inter_layer: bool,
    log2_max_poc_lsb: u32,
}

impl ReferenceList {
    /// `ref_pic_list_struct()` (H.266 §7.3.10).
    fn skip(&self, r: &mut BitReader<'_>) -> Result<(), ConfigError> {
        let entries = at_most("num_ref_entries", r.ue()?, MAX_REFERENCES)?;
        // ltrp_in_header_flag
        let long_term_in_header = self.long_term && entries > 0 && r.flag()?;
        for entry in 0..entries {
            // inter_layer_ref_pic_flag
            if self.inter_layer && r.flag()? {
                r.ue()?; // ilrp_idx
            } else if !self.long_term || r.flag()? {
                // st_ref_pic_flag: abs_delta_poc_st, which is one less but in lists that may name a picture twice
                let delta = r.ue()?;
                if delta > 0 || !self.weighted || entry == 0 {
                    r.flag()?; // strp_entry_sign_flag
                }
            } else if !long_term_in_header {
                r.skip(self.log2_max_poc_lsb)?; // rpls_poc_lsb_lt
            }
        }
        Ok(())
    }
}

/// From `sps_temporal_mvp_enabled_flag` to `sps_log2_parallel_merge_level_minus2`.
fn inter_prediction(r: &mut BitReader<'_>) -> Result<(), ConfigError> {
    if r.flag()? {
        r.flag()?; // sps_sbtmvp_enabled_flag
    }
    let amvr = r.flag()?;
    if r.flag()? {
        r.flag()?; // sps_bdof_control_present_in_ph_flag
    }
    r.flag()?; // sps_smvd_enabled_flag
    if r.flag()? {
        r.flag()?; // sps_dmvr_control_present_in_ph_flag
    }
    if r.flag()? {
        r.flag()?; // sps_mmvd_fullpel_only_enabled_flag
    }
    let merge_candidates = 6_u32.saturating_sub(at_most("sps_six_minus_max_num_merge_cand", r.ue()?, 5)?);
    r.flag()?; // sps_sbt_enabled_flag
    // sps_affine_enabled_flag
    if r.flag()? {
        r.ue()?; // sps_five_minus_max_num_subblock_merge_cand
        r.flag()?; // sps_6param_affine_enabled_flag
        if amvr {
            r.flag()?; // sps_affine_amvr_enabled_flag
        }
        if r.flag()? {
            r.flag()?; // sps_prof_control_present_in_ph_flag
        }
    }
    r.skip(2)?; // sps_bcw_enabled_flag, sps_ciip_enabled_flag
    // sps_gpm_enabled_flag
    if merge_candidates >= 2 && r.flag()? && merge_candidates >= 3 {
        r.ue()?; // sps_max_num_merge_cand_minus_max_num_gpm_cand
    }
    r.ue()?; // sps_log2_parallel_merge_level_minus2
    Ok(())
}

/// From `sps_isp_enabled_flag` to `sps_six_minus_max_num_ibc_merge_cand`. Returns `sps_act_enabled_flag`.
fn intra_prediction(
    r: &mut BitReader<'_>,
    chroma: ChromaFormat,
    transform_64: bool,
    transform_skip: bool,
) -> Result<bool, Truncated> {
    r.skip(3)?; // sps_isp_enabled_flag, sps_mrl_enabled_flag, sps_mip_enabled_flag
    if chroma != ChromaFormat::Monochrome {
        r.flag()?; // sps_cclm_enabled_flag
    }
    if chroma == ChromaFormat::Yuv420 {
        r.skip(2)?; // sps_chroma_horizontal_collocated_flag, _vertical_
    }
    let palette = r.flag()?;
    let act = chroma == ChromaFormat::Yuv444 && !transform_64 && r.flag()?;
    if transform_skip || palette {
        r.ue()?; // sps_min_qp_prime_ts
    }
    if r.flag()? {
        r.ue()?; // sps_six_minus_max_num_ibc_merge_cand
    }
    Ok(act)
}

/// What follows the clock in `general_timing_hrd_parameters()`, and `ols_timing_hrd_parameters()` (H.266 §7.3.5).
pub(super) fn reference_decoder(r: &mut BitReader<'_>, sub_layers_minus1: u8) -> Result<(), ConfigError> {
    let (nal, vcl) = (r.flag()?, r.flag()?);
    let mut decoding_units = false;
    let mut buffers = 1_u32;
    if nal || vcl {
        r.flag()?; // general_same_pic_timing_in_all_ols_flag
        decoding_units = r.flag()?;
        if decoding_units {
            r.skip(8)?; // tick_divisor_minus2
        }
        r.skip(8)?; // bit_rate_scale, cpb_size_scale
        if decoding_units {
            r.skip(4)?; // cpb_size_du_scale
        }
        buffers = at_most("hrd_cpb_cnt_minus1", r.ue()?, 31)?.saturating_add(1);
    }
    // sps_sublayer_cpb_params_present_flag
    let all = sub_layers_minus1 > 0 && r.flag()?;
    let first = if all { 0 } else { sub_layers_minus1 };
    for _ in first..=sub_layers_minus1 {
        // fixed_pic_rate_general_flag, fixed_pic_rate_within_cvs_flag
        if r.flag()? || r.flag()? {
            r.ue()?; // elemental_duration_in_tc_minus1
        } else if (nal || vcl) && buffers == 1 {
            r.flag()?; // low_delay_hrd_flag
        }
        for _ in 0..u32::from(nal).saturating_add(vcl.into()).saturating_mul(buffers) {
            ues(r, if decoding_units { 4 } else { 2 })?; // values of rates and sizes
            r.flag()?; // cbr_flag
        }
    }
    Ok(())
}
